import { deleteIcon, refreshIcon, stopIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { ago, seconds } from '../format';
import type { RunFeed } from '../runFeed';
import type { RunSession } from '../runSession';
import type { ClaimVerdict, Run, SignedFile } from '../schemas';
import { isLive } from '../status';
import { CellStrip } from './CellStrip';
import { useClock, usePanel, useSignal } from './context';
import { Determinism } from './Determinism';
import { FileLinks } from './FileLinks';
import { LogView } from './LogView';
import { Metrics } from './Metrics';
import { Button, Problem, RunBadge, Section } from './parts';
import { RunHistory } from './RunHistory';
import { Timeline } from './Timeline';
import { TraceSection } from './TraceSection';
import { runStatusNames } from './words';

const NONE: readonly ClaimVerdict[] = [];

/** One run: its stages, its lines as they come, its metrics and what it left. */
export function RunView(props: {
  session: RunSession;
  run: Run;
  feed: RunFeed;
  verdicts?: readonly ClaimVerdict[];
}): React.JSX.Element {
  const { session, run, feed, verdicts = NONE } = props;
  const [wanted, setWanted] = React.useState<{ line: number } | null>(null);
  const saveLog = React.useCallback(() => session.saveLog(), [session]);
  const { trans, confirm } = usePanel();
  useSignal(feed.changed);
  const statuses = runStatusNames(trans);
  const live = isLive(run.status);
  const now = useClock(live, 500);
  const { state } = feed;
  const begun = Date.parse(run.started_at ?? run.created_at);
  const stage = state.current;
  const { queue } = session.workbench;
  const place = queue.findIndex(({ id }) => id === run.id);
  const said =
    place > 0
      ? trans.__('Waiting for a place: %1 of %2 in the queue.', place + 1, queue.length)
      : stage?.message ||
        ((stage?.stage ?? 'queued') === 'queued'
          ? trans.__('Waiting for a place; the very first run also starts Ray.')
          : '');
  return (
    <div className="p2n-Run">
      <div className="p2n-Toolbar">
        <RunBadge status={run.status} />
        <span className="p2n-Run-time">
          {live ? seconds((now - begun) / 1000) : seconds(run.duration_seconds)}
        </span>
        {run.node && <span className="p2n-Muted">{trans.__('on %1', run.node)}</span>}
        {live && feed.connection === 'waiting' && (
          <span className="p2n-Muted" role="status">
            {trans.__('Connection lost, trying again; nothing will be missing …')}
          </span>
        )}
        <span className="p2n-Spacer" />
        {session.runs.length > 1 && (
          <label className="p2n-Field">
            {trans.__('Run')}
            <select
              className="jp-mod-styled"
              value={run.id}
              onChange={event => session.select(event.target.value)}
            >
              {session.runs.map((other, index) => (
                <option key={other.id} value={other.id}>
                  {`#${session.runs.length - index} ${statuses[other.status]}, ${ago(trans, other.created_at, now)}`}
                </option>
              ))}
            </select>
          </label>
        )}
        {live ? (
          <Button
            icon={stopIcon}
            kind="danger"
            disabled={session.busy.has('cancel') || Boolean(run.cancel_requested_at)}
            onClick={() => {
              void confirm(
                trans.__('Cancel this run?'),
                trans.__('The container is stopped at once; what it has computed is lost.'),
                trans.__('Cancel the run')
              ).then(agreed => agreed && void session.cancel());
            }}
          >
            {run.cancel_requested_at ? trans.__('Cancelling …') : trans.__('Cancel')}
          </Button>
        ) : (
          <>
            <Button
              icon={refreshIcon}
              disabled={session.busy.has('dispatch')}
              onClick={() => void session.rerun()}
            >
              {trans.__('Run again')}
            </Button>
            <Button
              kind="quiet"
              icon={deleteIcon}
              aria-label={trans.__('Delete this run')}
              title={trans.__('Delete this run')}
              disabled={session.busy.has('delete')}
              onClick={() => {
                void confirm(
                  trans.__('Delete this run?'),
                  trans.__('Its log, metrics and artifacts are removed for good.'),
                  trans.__('Delete the run')
                ).then(agreed => agreed && void session.remove());
              }}
            />
          </>
        )}
      </div>
      {session.problem && <Problem reason={session.problem} />}
      {(run.error ?? state.problem) && <Problem reason={run.error ?? state.problem} />}
      {feed.failure && <Problem reason={feed.failure} onRetry={() => feed.retry()} />}
      <Timeline state={state} live={live} now={now} queuedAt={Date.parse(run.created_at)} />
      {live && said && (
        <div className="p2n-Muted" role="status">
          {said}
        </div>
      )}
      <CellStrip state={state} live={live} now={now} onLine={line => setWanted({ line })} />
      <div className="p2n-Run-panes">
        <LogView feed={feed} live={live} onDownload={saveLog} wanted={wanted} />
        {state.metrics.size + state.series.size > 0 && (
          <Metrics state={state} beat={live ? Math.floor(now / 1000) : state.seq} />
        )}
      </div>
      <Aftermath
        session={session}
        run={run}
        artifacts={session.artifacts}
        runs={session.runs.map(({ id, status }) => `${id} ${status}`).join()}
        verdicts={verdicts}
        chosen={session.runId}
        busy={session.busy.has('delete')}
      />
    </div>
  );
}

interface IAftermathProps {
  session: RunSession;
  run: Run;
  artifacts: SignedFile[] | null;
  /** Changes with the list of runs, which is made anew each time it is asked for. */
  runs: string;
  verdicts: readonly ClaimVerdict[];
  chosen: string | null;
  busy: boolean;
}

/** What a line that comes does not change, and so need not be drawn again many times a second. */
const Aftermath = React.memo(function Aftermath(props: IAftermathProps): React.JSX.Element {
  const { session, run, artifacts, verdicts } = props;
  const { trans } = usePanel();
  return (
    <>
      {!isLive(run.status) && <Determinism key={run.id} api={session.workbench.api} run={run} />}
      {artifacts && artifacts.length > 0 && (
        <Section title={trans.__('Artifacts')}>
          <FileLinks
            files={artifacts}
            label={trans.__('Artifacts')}
            renew={async () => (await session.workbench.api.artifacts(run.id)).artifacts}
          />
        </Section>
      )}
      <TraceSection key={`trace ${run.id}`} api={session.workbench.api} run={run} />
      <RunHistory session={session} verdicts={verdicts} />
    </>
  );
});
