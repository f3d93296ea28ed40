/* fdatasync without a thread of ours: the kernel's own queue does it (io_submit, IOCB_CMD_FDSYNC).
 * Where there is none, writing back is at least begun. */
#include "frontend/record_file.h"

#include <fcntl.h>
#include <linux/aio_abi.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static bool still_busy(struct fe_sync *s)
{
	struct timespec now = {0};
	struct io_event e;

	if (s->busy && syscall(SYS_io_getevents, s->aio, 0L, 1L, &e, &now) == 1)
		s->busy = false;
	return s->busy;
}

void fe_sync_start(struct fe_sync *s, int fd)
{
	struct iocb cb = {.aio_lio_opcode = IOCB_CMD_FDSYNC, .aio_fildes = (uint32_t)fd};
	struct iocb *list = &cb;

	if (!s->aio && syscall(SYS_io_setup, 1L, &s->aio))
		s->aio = 0;
	if (s->aio && still_busy(s))
		return;
	if (s->aio && syscall(SYS_io_submit, s->aio, 1L, &list) == 1)
		s->busy = true;
	else
		(void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

void fe_sync_deinit(struct fe_sync *s)
{
	if (s->aio)
		(void)syscall(SYS_io_destroy, s->aio);
	*s = (struct fe_sync){0};
}
