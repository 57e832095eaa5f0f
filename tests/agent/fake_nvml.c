/* A fake libnvidia-ml.so.1 for the tests: no card and no driver of NVIDIA's is behind it.
 *
 * What it answers stands in the file that FAKE_NVML names, a word and a number a line, read anew by every call; a word may end
 * with the bus number of one card ("busy:1 40"). Codes are NVML's own: 3 not supported, 15 lost … What it was asked to attach
 * is written to that file's name with ".log". Functions of newer drivers are left out where OLD is defined. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef void *device;
typedef unsigned long long u64;

static long said(const char *word, device card, long otherwise) {
  char line[128], one[64], exact[64];
  long value = otherwise, number;
  snprintf(exact, sizeof exact, "%s:%ld", word, (long)card);
  FILE *file = fopen(getenv("FAKE_NVML"), "r");
  while (file && fgets(line, sizeof line, file))
    if (sscanf(line, "%63s %ld", one, &number) == 2 && (!strcmp(one, exact) || !strcmp(one, word))) {
      value = number;
      if (!strcmp(one, exact)) break;
    }
  if (file) fclose(file);
  return value;
}

static void note(const char *what, const char *detail) {
  char path[512];
  snprintf(path, sizeof path, "%s.log", getenv("FAKE_NVML"));
  FILE *file = fopen(path, "a");
  if (file) fprintf(file, "%s %s\n", what, detail), fclose(file);
}

static int answer(const char *word, device card) { /* hangs and crashes as a driver does: inside the call */
  while (said("hang", card, 0)) pause();
  if (said("crash", card, 0)) raise(SIGSEGV);
  char code[64];
  snprintf(code, sizeof code, "%s.code", word);
  return (int)said("code", card, said(code, card, 0));
}

static int init(const char *name) {
  note("init", name);
  return answer("init", 0);
}

#ifndef OLD
int nvmlInitWithFlags(unsigned flags) { return flags == 3 ? init("with flags") : 2; }

struct memory2 { unsigned version; u64 total, reserved, free, used; };
int nvmlDeviceGetMemoryInfo_v2(device card, struct memory2 *memory) {
  if (memory->version != (sizeof *memory | 2 << 24)) return 25;
  memory->total = said("total", card, 80) << 30;
  memory->used = said("used", card, 20) << 30;
  return answer("memory", card);
}
#endif

int nvmlInit_v2(void) { return init("plain"); }

int nvmlDeviceGetHandleByPciBusId_v2(const char *address, device *card) {
  unsigned domain, bus;
  note("attach", address);
  if (sscanf(address, "%x:%x:", &domain, &bus) != 2) return 2;
  *card = (device)(long)bus;
  return answer("handle", *card);
}

int nvmlDeviceGetUtilizationRates(device card, unsigned rates[2]) {
  rates[0] = said("busy", card, 50);
  rates[1] = 1;
  return answer("utilization", card);
}

int nvmlDeviceGetMemoryInfo(device card, u64 memory[3]) {
  memory[0] = said("total", card, 80) << 30;
  memory[2] = (said("used", card, 20) + 1) << 30; /* the older call counts what the driver keeps as used */
  return answer("memory", card);
}

int nvmlDeviceGetTemperature(device card, int sensor, unsigned *degrees) {
  *degrees = said("temperature", card, 61);
  return sensor ? 2 : answer("temperature", card);
}

int nvmlDeviceGetPowerUsage(device card, unsigned *milliwatts) {
  *milliwatts = said("power", card, 312500);
  return answer("power", card);
}

int nvmlDeviceGetCurrentClocksThrottleReasons(device card, u64 *reasons) {
  *reasons = said("throttle", card, 4); /* the usual power cap */
  return answer("throttle", card);
}

int nvmlDeviceGetTotalEccErrors(device card, int type, int counter, u64 *count) {
  *count = said("ecc", card, 0);
  return type == 1 && counter == 0 ? answer("ecc", card) : 2;
}

int nvmlDeviceGetMigMode(device card, unsigned *current, unsigned *pending) {
  *current = *pending = said("mig", card, 0);
  return answer("mig", card);
}

struct event { device card; u64 type, data; unsigned gpu, compute; };
int nvmlEventSetCreate(void **set) {
  *set = (void *)1;
  return answer("events", 0);
}
int nvmlDeviceRegisterEvents(device card, u64 types, void *set) { return set && types == 8 ? answer("events", card) : 2; }
int nvmlEventSetWait_v2(void *set, struct event *event, unsigned timeout) {
  static long told;
  long xid = said("xid", 0, 0);
  if (!set || timeout || !xid || xid == told) return 10;
  told = xid;
  *event = (struct event){(device)said("xid.card", 0, 1), 8, (u64)xid, 0, 0};
  return 0;
}
