import * as React from 'react';

import { ago, seconds } from '../format';
import type { Run } from '../schemas';
import { isLive } from '../status';
import { useClock, usePanel, useSignal } from './context';
import { Bar, RunBadge } from './parts';
import { stageNames } from './words';

const SHOWN = 30;

/** What runs and how far it is, what waits and on which place, and what has ended. */
export function SidebarRuns({ runs }: { runs: readonly Run[] }): React.JSX.Element {
  const { workbench, trans } = usePanel();
  const { queue } = workbench;
  const groups: [string, readonly Run[]][] = [
    [trans.__('Running'), runs.filter(({ status }) => status === 'running')],
    [trans.__('In the queue'), queue],
    [trans.__('Ended'), runs.filter(({ status }) => !isLive(status))]
  ];
  return (
    <section className="p2n-Sidebar-section" aria-label={trans.__('Runs')}>
      <header className="p2n-Sidebar-head">
        <h2>{trans.__('Runs')}</h2>
        <span className="p2n-Count">{runs.length || ''}</span>
      </header>
      {runs.length === 0 && (
        <p className="p2n-Muted p2n-Sidebar-note">
          {trans.__('What runs, what waits and what has ended appears here.')}
        </p>
      )}
      {groups
        .filter(([, members]) => members.length > 0)
        .map(([name, members]) => (
          <React.Fragment key={name}>
            <h3 className="p2n-Sidebar-group">
              {name} <span className="p2n-Count">{members.length}</span>
            </h3>
            <ul className="p2n-List" aria-label={name}>
              {members.slice(0, SHOWN).map(run => (
                <RunItem key={run.id} run={run} queue={queue} />
              ))}
            </ul>
            {members.length > SHOWN && (
              <p className="p2n-Muted p2n-Sidebar-note">
                {trans.__('and %1 more', members.length - SHOWN)}
              </p>
            )}
          </React.Fragment>
        ))}
    </section>
  );
}

function RunItem({ run, queue }: { run: Run; queue: readonly Run[] }): React.JSX.Element {
  const { workbench, trans, openPaper, openRun } = usePanel();
  const live = isLive(run.status);
  const now = useClock(live, 1000);
  const paperId = run.paper_id;
  const title =
    workbench.papers?.find(paper => paper.id === paperId)?.title ?? (run.title || run.id);
  const since = (iso: string) => seconds(Math.max(0, now - Date.parse(iso)) / 1000);
  const place = queue.indexOf(run) + 1;
  return (
    <li>
      <button
        type="button"
        className="p2n-Item"
        title={title}
        onClick={() => {
          if (paperId) {
            workbench.session(paperId).watch.select(run.id);
            openPaper(paperId, 'run');
          } else {
            openRun(run.id);
          }
        }}
      >
        <span className="p2n-Item-title p2n-mod-light">{title}</span>
        <span className="p2n-Item-meta">
          {!live && <RunBadge status={run.status} />}
          {run.status === 'queued' && (
            <>
              <b>
                {place === 1 ? trans.__('next') : trans.__('place %1 of %2', place, queue.length)}
              </b>
              {trans.__('waits %1', since(run.created_at))}
            </>
          )}
          {run.status === 'running' && since(run.started_at ?? run.created_at)}
          {!live && (
            <>
              {seconds(run.duration_seconds)}
              <span aria-hidden="true">·</span>
              {ago(trans, run.created_at, now)}
            </>
          )}
          {run.attempt > 1 && <span>{trans.__('attempt %1', run.attempt)}</span>}
          {run.validation_id && <span>{trans.__('determinism check')}</span>}
        </span>
        {run.status === 'running' && <LiveProgress run={run} />}
      </button>
    </li>
  );
}

/** The run's own stream, shared with the document that may show the same run. */
function LiveProgress({ run }: { run: Run }): React.JSX.Element {
  const { workbench, trans } = usePanel();
  const feed = workbench.feed(run.id);
  useSignal(feed.changed);
  React.useEffect(() => {
    feed.retain();
    return () => feed.release();
  }, [feed]);
  const { cells, current, fraction } = feed.state;
  const stage = current && current.stage !== 'execution' ? stageNames(trans)[current.stage] : '';
  const said =
    stage ||
    (cells ? trans.__('cell %1 of %2', (cells.cell ?? cells.done - 1) + 1, cells.total) : '');
  return (
    <>
      <Bar value={stage ? null : fraction} label={trans.__('Progress of the run')} />
      {said && <span className="p2n-Item-meta">{said}</span>}
    </>
  );
}
