/* Preloaded into every process of a host with a clock of its own: its wall clock is the machine's plus the nanoseconds in
   /.fleet/clock, changed while processes run; load averages come from /proc, where glibc would ask the kernel.
   No system call once loaded: sshd's sandbox kills a process for one, which rules out libfaketime. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL
#define REAL(f) static __typeof__(&f) real; if (!real) real = dlsym(RTLD_NEXT, #f)

typedef struct timespec ts;

static const long long zero;
static volatile const long long *shift = &zero;
static int (*gettime)(clockid_t, ts *);
static int (*wait)(pthread_cond_t *, pthread_mutex_t *, const ts *);

/* here, not at the first call: that one may come from inside malloc */
__attribute__((constructor)) static void load(void) {
  gettime = dlsym(RTLD_NEXT, "clock_gettime");
  wait = dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
  if (!wait) wait = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
  int fd = open("/.fleet/clock", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  void *page = mmap(0, 8, PROT_READ, MAP_SHARED, fd, 0);
  if (page != MAP_FAILED) shift = page;
  close(fd);
}

static ts add(ts t, long long by) {
  long long n = t.tv_sec * SECOND + t.tv_nsec + by;
  return (ts){n / SECOND, n % SECOND};
}

/* a date given to the kernel, in its own time; monotonic times and systemd's "never" stay as they are */
static ts back(const ts *t) { return t->tv_sec > SECOND && t->tv_sec < 100 * SECOND ? add(*t, -*shift) : *t; }

int clock_gettime(clockid_t clock, ts *t) {
  int r = gettime ? gettime(clock, t) : syscall(SYS_clock_gettime, clock, t);
  if (!r && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI)) *t = add(*t, *shift);
  return r;
}

static ts now(void) { ts t; clock_gettime(CLOCK_REALTIME, &t); return t; }

int gettimeofday(struct timeval *v, void *zone) {
  (void)zone;
  ts t = now();
  v->tv_sec = t.tv_sec, v->tv_usec = t.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *p) { time_t t = now().tv_sec; if (p) *p = t; return t; }

int timespec_get(ts *t, int base) { *t = now(); return base; }

int clock_nanosleep(clockid_t clock, int flags, const ts *t, ts *left) {
  REAL(clock_nanosleep);
  ts u = back(t);
  return real(clock, flags, flags & TIMER_ABSTIME ? &u : t, left);
}

int timerfd_settime(int fd, int flags, const struct itimerspec *new, struct itimerspec *old) {
  REAL(timerfd_settime);
  struct itimerspec u = *new;
  if (flags & TFD_TIMER_ABSTIME) u.it_value = back(&new->it_value);
  return real(fd, flags, &u, old);
}

int pthread_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m, const ts *t) { ts u = back(t); return wait(c, m, &u); }

int sem_timedwait(sem_t *s, const ts *t) { REAL(sem_timedwait); ts u = back(t); return real(s, &u); }

int getloadavg(double *load, int n) {
  double v[3];
  FILE *f = fopen("/proc/loadavg", "re");
  int known = f ? fscanf(f, "%lf %lf %lf", v, v + 1, v + 2) : 0, i;
  if (f) fclose(f);
  for (i = 0; i < known && i < n; i++) load[i] = v[i];
  return i ? i : -1;
}
