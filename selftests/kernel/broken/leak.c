// SPDX-License-Identifier: GPL-2.0-only
/* Expect: unreferenced object 0x[0-9a-f]* \(size 128\) */
/* Each job that is freed leaves some memory behind. */
#define memsusp_job_free job_free
#include "../module/job.c"
#undef memsusp_job_free

void memsusp_job_free(struct memsusp_job *job)
{
	void *broken = kmalloc(100, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(broken);
	job_free(job);
}
