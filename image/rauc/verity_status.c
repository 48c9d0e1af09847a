// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Loaded into RAUC's service alone. Since Linux 6.19 the status of a dm-verity device has a second field, how much was
 * corrected ("V -" where it was "V"); RAUC before 1.15.2, which trixie has, takes only the old form for intact and
 * installs nothing (https://github.com/rauc/rauc/issues/1842). Here the second field is cut off. The first, V for
 * intact or C for corrupted, is the kernel's. To be taken out with Debian's first RAUC that reads both.
 */
#include <linux/types.h>
#include <asm/ioctl.h>
#include <linux/dm-ioctl.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void cut(struct dm_ioctl *told)
{
	char *begin = (char *)told + told->data_start, *end = (char *)told + told->data_size;
	struct dm_target_spec *target = (struct dm_target_spec *)begin;
	char *status = begin + sizeof(*target);

	if (told->target_count != 1 || told->data_start > told->data_size || status >= end)
		return;
	if (strncmp(target->target_type, "verity", sizeof(target->target_type)) != 0)
		return;
	for (; status < end && *status; status++)
		if (*status == ' ')
			*status = '\0';
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list more;
	void *what;
	int done;

	va_start(more, request);
	what = va_arg(more, void *);
	va_end(more);
	done = syscall(SYS_ioctl, fd, request, what);
	if (done == 0 && request == DM_TABLE_STATUS && !(((struct dm_ioctl *)what)->flags & DM_STATUS_TABLE_FLAG))
		cut(what);
	return done;
}
