// Counts the allocations of a process: LD_PRELOAD this library, and PATRON_ALLOCATIONS names a file whose first eight bytes become the counter.
//
// The allocator underneath is the next in line: the one that the program is linked with, or glibc's.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static _Atomic uint64_t before_start;
static _Atomic uint64_t *counter = &before_start;

__attribute__((constructor)) static void open_counter(void) {
  const char *path = getenv("PATRON_ALLOCATIONS");
  if (!path) return;
  int file = open(path, O_RDWR | O_CREAT, 0600);
  if (file < 0 || ftruncate(file, sizeof(uint64_t)) != 0) _exit(99);
  void *page = mmap(NULL, sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (page == MAP_FAILED) _exit(99);
  counter = page;
  close(file);
}

typedef void *(*allocate)(size_t);
typedef void *(*allocate_two)(size_t, size_t);
typedef void *(*reallocate)(void *, size_t);
typedef int (*allocate_to)(void **, size_t, size_t);

// Counts one, and finds the function of this name that comes after this library's. The first call is of one thread, before any other is there.
#define NEXT(type, name)                                                 \
  static type next;                                                      \
  if (!next) next = (type)dlsym(RTLD_NEXT, name);                        \
  atomic_fetch_add_explicit(counter, 1, memory_order_relaxed)

void *malloc(size_t size) {
  NEXT(allocate, "malloc");
  return next(size);
}

void *calloc(size_t number, size_t size) {
  NEXT(allocate_two, "calloc");
  return next(number, size);
}

void *realloc(void *pointer, size_t size) {
  NEXT(reallocate, "realloc");
  return next(pointer, size);
}

void *memalign(size_t alignment, size_t size) {
  NEXT(allocate_two, "memalign");
  return next(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  NEXT(allocate_two, "aligned_alloc");
  return next(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
  NEXT(allocate_to, "posix_memalign");
  return next(result, alignment, size);
}
