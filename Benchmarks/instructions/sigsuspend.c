// Valgrind 3.19 writes into the mask that sigsuspend is given, and libdispatch's main thread keeps that in read-only memory. LD_PRELOAD this library,
// and the mask becomes one that can be written.
#define _GNU_SOURCE
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KERNEL_SIGNAL_SET_BYTES 8

int sigsuspend(const sigset_t *mask) {
  sigset_t copy = *mask;
  return (int)syscall(SYS_rt_sigsuspend, &copy, KERNEL_SIGNAL_SET_BYTES);
}
