# Gives a program the terminal that it insists on, while its standard streams stay what they are.
# argv: 1 = answer its first question with the first line of standard input, 0 = nothing is asked; then the program.
import fcntl
import os
import pty
import select
import sys
import termios

answer = b""
if sys.argv[1] == "1":
    while not answer.endswith(b"\n"):  # byte by byte: what follows belongs to the program
        byte = os.read(0, 1)
        if not byte:
            sys.exit(1)
        answer += byte
master, slave = pty.openpty()
child = os.fork()
if not child:
    os.close(master)
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    os.close(slave)
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - no shell on purpose
while True:
    said = b""
    if select.select([master], [], [], 0.1)[0]:
        try:
            said = os.read(master, 4096)
        except OSError:
            break
    if said.strip() and answer:
        while termios.tcgetattr(slave)[3] & termios.ECHO:  # it has asked, but not yet switched off the echo
            select.select([], [], [], 0.01)
        os.write(master, answer)
        answer = b""
    done, status = os.waitpid(child, os.WNOHANG)
    if done:
        child = 0
        break
if child:
    status = os.waitpid(child, 0)[1]
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
