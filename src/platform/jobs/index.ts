export { type JobContext, type JobDefinition } from './job-definition.ts'
export { JOB_STATES, type JobProgress, type JobRow, type JobState } from './job-row.ts'
export { releaseJobs } from './release-jobs.ts'
export { Jobs, type EnqueueOptions, type JobFilter, type JobsOptions } from './jobs.ts'
