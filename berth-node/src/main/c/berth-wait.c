/*
 * berth-wait DIRECTORY: the createRuntime hook of containers that the node agent gives a closure to.
 *
 * The runtime starts it on the host before it starts the container's process, and starts that only when this ends with 0. It passes what
 * the runtime says of the container on to the agent's socket DIRECTORY/wait and waits for the agent's answer, in lines:
 *
 *   wait            the agent is at work; to be said every 10 s at least
 *   ready           the closure is in the container: end with 0
 *   failed REASON   end with 1 and the reason on standard error, which the runtime puts into the pod's events
 *
 * When the agent ends, or says nothing for LIMIT seconds, it is asked anew, and given up LIMIT seconds after it last said anything.
 *
 * It runs on any Linux host of its architecture: it is static, needs no C library, allocates nothing, and opens nothing but the socket.
 */

#define LIMIT 30
#define RETRY_MILLIS 200
#define MAX_STATE (1 << 20)
#define MAX_LINE 4096

typedef long word;

#if defined(__x86_64__)
enum { READ = 0, WRITE = 1, CLOSE = 3, SOCKET = 41, CONNECT = 42, SENDTO = 44, SHUTDOWN = 48, CHDIR = 80, CLOCK = 228, EXIT = 231, PPOLL = 271 };
static word call(word n, word a, word b, word c, word d, word e) {
  word result;
  register word r10 __asm__("r10") = d;
  register word r8 __asm__("r8") = e;
  __asm__ volatile("syscall" : "=a"(result) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
  return result;
}
__asm__(".global _start\n_start:\n  xor %ebp, %ebp\n  mov %rsp, %rdi\n  and $-16, %rsp\n  call begin\n");
#elif defined(__aarch64__)
enum { READ = 63, WRITE = 64, CLOSE = 57, SOCKET = 198, CONNECT = 203, SENDTO = 206, SHUTDOWN = 210, CHDIR = 49, CLOCK = 113, EXIT = 94, PPOLL = 73 };
static word call(word n, word a, word b, word c, word d, word e) {
  register word x8 __asm__("x8") = n;
  register word x0 __asm__("x0") = a;
  register word x1 __asm__("x1") = b;
  register word x2 __asm__("x2") = c;
  register word x3 __asm__("x3") = d;
  register word x4 __asm__("x4") = e;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
  return x0;
}
__asm__(".global _start\n_start:\n  mov x29, #0\n  mov x30, #0\n  mov x0, sp\n  bl begin\n");
#else
#error "unknown architecture: add its system calls"
#endif

struct timespec { word seconds, nanos; };
struct pollfd { int fd; short events, revents; };
struct sockaddr_un { unsigned short family; char path[108]; };

static char state[MAX_STATE];
static word state_length;
static char line[MAX_LINE];
static word line_length;
static word last_sign; /* of life, in milliseconds */

static word length(const char *text) {
  word n = 0;
  while (text[n]) n++;
  return n;
}

static void say(const char *text, word n) {
  while (n > 0) {
    word done = call(WRITE, 2, (word)text, n, 0, 0);
    if (done <= 0) return;
    text += done;
    n -= done;
  }
}

static void end(int code) {
  for (;;) call(EXIT, code, 0, 0, 0, 0);
}

static void fail(const char *reason) {
  say("berth: ", 7);
  say(reason, length(reason));
  say("\n", 1);
  end(1);
}

static word now(void) {
  struct timespec t = {0, 0};
  call(CLOCK, 1, (word)&t, 0, 0, 0); /* CLOCK_MONOTONIC */
  return t.seconds * 1000 + t.nanos / 1000000;
}

/* Waits until a descriptor is ready, or, with fd -1, just waits. */
static word ready(int fd, short events, word millis) {
  struct pollfd one = {fd, events, 0};
  struct timespec t = {millis / 1000, millis % 1000 * 1000000};
  return call(PPOLL, (word)&one, 1, (word)&t, 0, 0);
}

static word left(void) {
  word rest = last_sign + LIMIT * 1000 - now();
  return rest > 0 ? rest : 0;
}

static int starts(const char *text) {
  word n = length(text), i;
  if (line_length < n) return 0;
  for (i = 0; i < n; i++)
    if (line[i] != text[i]) return 0;
  return 1;
}

/* A whole line of the agent's. */
static void answered(void) {
  last_sign = now();
  if (line_length == 5 && starts("ready")) end(0);
  if (starts("failed ")) {
    say("berth: ", 7);
    say(line + 7, line_length - 7);
    say("\n", 1);
    end(1);
  }
}

/* Talks to the agent until one of both ends it. */
static void talk(int fd) {
  char buffer[512];
  word sent = 0, n, i;
  line_length = 0;
  while (sent < state_length) {
    if (ready(fd, 4 /* POLLOUT */, left()) <= 0) return;
    n = call(SENDTO, fd, (word)(state + sent), state_length - sent, 0x4000 /* MSG_NOSIGNAL */, 0);
    if (n <= 0) return;
    sent += n;
  }
  call(SHUTDOWN, fd, 1, 0, 0, 0);
  while (ready(fd, 1 /* POLLIN */, left()) > 0) {
    n = call(READ, fd, (word)buffer, sizeof buffer, 0, 0);
    if (n <= 0) return;
    for (i = 0; i < n; i++) {
      if (buffer[i] == '\n') {
        answered();
        line_length = 0;
      } else if (line_length < MAX_LINE) {
        line[line_length++] = buffer[i];
      }
    }
  }
}

static const struct sockaddr_un place = {1 /* AF_UNIX */, "wait"};

__attribute__((used)) void begin(word *stack) {
  word n;
  if (stack[0] != 2) fail("usage: berth-wait DIRECTORY, with the state of a container on standard input");
  while ((n = call(READ, 0, (word)(state + state_length), MAX_STATE - state_length, 0, 0)) > 0) {
    state_length += n;
    if (state_length == MAX_STATE) fail("the runtime says more than 1 MiB of this container");
  }
  if (n < 0) fail("cannot read what the runtime says of this container");
  last_sign = now();
  /* A relative name: the kernel allows sockets 107 bytes of path. */
  if (call(CHDIR, stack[2], 0, 0, 0, 0) < 0) fail("the directory of the node agent is gone: is its root still mounted?");
  do {
    int fd = (int)call(SOCKET, 1, 1 | 02000000 /* SOCK_STREAM, SOCK_CLOEXEC */, 0, 0, 0);
    if (fd < 0) fail("cannot make a socket");
    if (call(CONNECT, fd, (word)&place, 2 + sizeof "wait", 0, 0) == 0) talk(fd);
    call(CLOSE, fd, 0, 0, 0, 0);
    ready(-1, 0, RETRY_MILLIS);
  } while (left() > 0);
  fail("the node agent said nothing for 30 s: is it running on this node? The container is started again when it is");
}
