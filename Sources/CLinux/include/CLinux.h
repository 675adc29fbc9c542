// The few calls and constants of Linux that the Glibc module does not show to Swift.
#pragma once
#include <stdint.h>
#include <sys/types.h>

int attache_prctl_no_dump(void);
