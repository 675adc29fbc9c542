#define _GNU_SOURCE
#include "include/CLinux.h"

#include <sys/prctl.h>

int attache_prctl_no_dump(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }
