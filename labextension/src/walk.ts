import type { PaperSession, Step } from './paperSession';
import { isLive } from './status';

/** The way through all open steps at one press of a button, with the eye led along. */
export class Walk {
  constructor(
    private _session: PaperSession,
    private _goTo: (step: Step) => void
  ) {}

  /** Where the walk is; null when none is under way. */
  at: Step | null = null;

  /** Whether the view moves along; ends when the person looks elsewhere. */
  leads = false;

  /**
   * Takes every step that is still open, one after the other; ends at the first that fails.
   * Claims given: in a plan of their own.
   */
  async go(claimIds?: string[]): Promise<void> {
    if (this.at) {
      return;
    }
    this.leads = true;
    this._stopped = false;
    try {
      await this._steps(claimIds);
    } finally {
      this.at = null;
      this._session.announce();
    }
  }

  /** What has been reached stays. */
  stop(): void {
    const { run, claims } = this._session;
    this._stopped = true;
    if (claims.reading) {
      void claims.stop();
    }
    if (run && isLive(run.status)) {
      void this._session.watch.cancel();
    }
  }

  private async _steps(claimIds?: string[]): Promise<void> {
    const session = this._session;
    if (!session.paper?.reader || session.claims.all.length === 0) {
      this._reach('claims');
      if (!(await session.extract()) || this._stopped) {
        return;
      }
    }
    if (!session.plan || claimIds) {
      this._reach('plan');
      if (!(await session.makePlan(claimIds)) || this._stopped) {
        return;
      }
    }
    if (!session.plan?.env_hash) {
      this._reach('plan');
      if (!(await session.materialize()) || this._stopped) {
        return;
      }
    }
    this._reach('run');
    if (!(await session.startRun())) {
      return;
    }
    const run = await session.watch.untilEnded();
    if (run?.status === 'succeeded' && !this._stopped) {
      this._reach('report');
      await session.loadReport();
    }
  }

  private _reach(step: Step): void {
    this.at = step;
    if (this.leads) {
      this._goTo(step);
    }
    this._session.announce();
  }

  private _stopped = false;
}
