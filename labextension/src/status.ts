import type { RunStatus } from './schemas';

/** Whether a run has not ended yet. */
export function isLive(status: RunStatus): boolean {
  return status === 'queued' || status === 'running';
}
