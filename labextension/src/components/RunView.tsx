import { deleteIcon, refreshIcon, stopIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { ago, seconds } from '../format';
import type { RunFeed } from '../runFeed';
import type { RunSession } from '../runSession';
import type { Run } from '../schemas';
import { isLive } from '../status';
import { useClock, usePanel, useSignal } from './context';
import { Determinism } from './Determinism';
import { FileLinks } from './FileLinks';
import { LogView } from './LogView';
import { Metrics } from './Metrics';
import { Bar, Button, Problem, RunBadge, Section } from './parts';
import { Timeline } from './Timeline';

/** One run: its stages, its lines as they come, its metrics and what it left. */
export function RunView(props: {
  session: RunSession;
  run: Run;
  feed: RunFeed;
}): React.JSX.Element {
  const { session, run, feed } = props;
  const { trans, confirm } = usePanel();
  useSignal(feed.changed);
  const live = isLive(run.status);
  const now = useClock(live, 500);
  const { state } = feed;
  const begun = Date.parse(run.started_at ?? run.created_at);
  const cells = state.cells;
  const stage = state.current;
  const said =
    stage?.message ||
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
                  {`#${session.runs.length - index} ${other.status}, ${ago(other.created_at, now)}`}
                </option>
              ))}
            </select>
          </label>
        )}
        {live ? (
          <Button
            icon={stopIcon}
            kind="danger"
            disabled={session.busy.has('cancel')}
            onClick={() => {
              void confirm(
                trans.__('Cancel this run?'),
                trans.__('The container is stopped at once; what it has computed is lost.'),
                trans.__('Cancel the run')
              ).then(agreed => agreed && void session.cancel());
            }}
          >
            {trans.__('Cancel')}
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
      {feed.failure && <Problem reason={feed.failure} />}
      <Timeline state={state} live={live} now={now} queuedAt={Date.parse(run.created_at)} />
      {live && said && (
        <div className="p2n-Muted" role="status">
          {said}
        </div>
      )}
      {cells && (
        <div className="p2n-Cells">
          <Bar value={state.fraction} label={trans.__('%1 of %2 cells', cells.done, cells.total)} />
          <span>
            {trans.__(
              'cell %1 of %2',
              Math.min(cells.done + (live ? 1 : 0), cells.total),
              cells.total
            )}
            {live && cells.label && <span className="p2n-Muted"> {cells.label}</span>}
          </span>
        </div>
      )}
      <div className="p2n-Run-panes">
        <LogView feed={feed} live={live} />
        {state.metrics.size + state.series.size > 0 && <Metrics state={state} />}
      </div>
      {!live && <Determinism key={run.id} api={session.workbench.api} run={run} />}
      {session.artifacts && session.artifacts.length > 0 && (
        <Section title={trans.__('Artifacts')}>
          <FileLinks files={session.artifacts} label={trans.__('Artifacts')} />
        </Section>
      )}
    </div>
  );
}
