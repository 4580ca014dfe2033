import { refreshIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { ago, seconds } from '../format';
import type { Paper, Run } from '../schemas';
import { isLive } from '../status';
import { useClock, usePanel, useSignal } from './context';
import { DoctorLine } from './DoctorLine';
import { Bar, Button, Empty, Problem, RunBadge } from './parts';
import { StorageLine } from './StorageLine';
import { SampleButton, Upload } from './Upload';

const RUNS_SHOWN = 30;

export function Sidebar(): React.JSX.Element {
  const { workbench, trans } = usePanel();
  useSignal(workbench.changed);
  const { papers, runs, problem } = workbench;
  return (
    <Upload>
      {problem && <Problem reason={problem} onRetry={() => void workbench.refresh()} />}
      <section className="p2n-Sidebar-section" aria-label={trans.__('Papers')}>
        <header className="p2n-Sidebar-head">
          <h2>{trans.__('Papers')}</h2>
          <span className="p2n-Count">{papers?.length ?? ''}</span>
          <span className="p2n-Spacer" />
          <Button
            small
            kind="quiet"
            icon={refreshIcon}
            aria-label={trans.__('Refresh papers and runs')}
            title={trans.__('Refresh papers and runs')}
            onClick={() => void workbench.refresh()}
          />
        </header>
        {papers?.length === 0 && (
          <Empty title={trans.__('No paper yet')}>
            <p>
              {trans.__(
                'Drop a PDF here: P2N finds the numbers it claims, runs the experiments again and tells which of them hold.'
              )}
            </p>
            <SampleButton />
          </Empty>
        )}
        <ul className="p2n-List">
          {papers?.map(paper => (
            <PaperItem key={paper.id} paper={paper} />
          ))}
        </ul>
      </section>
      <section className="p2n-Sidebar-section" aria-label={trans.__('Runs')}>
        <header className="p2n-Sidebar-head">
          <h2>{trans.__('Runs')}</h2>
          <span className="p2n-Count">{runs.length || ''}</span>
        </header>
        {runs.length === 0 && (
          <p className="p2n-Muted p2n-Sidebar-note">{trans.__('Runs appear here.')}</p>
        )}
        <ul className="p2n-List">
          {runs.slice(0, RUNS_SHOWN).map(run => (
            <RunItem key={run.id} run={run} />
          ))}
        </ul>
      </section>

      <StorageLine />
      <DoctorLine />
    </Upload>
  );
}

function PaperItem({ paper }: { paper: Paper }): React.JSX.Element {
  const { workbench, trans, openPaper } = usePanel();
  const run = workbench.lastRun(paper.id);
  return (
    <li>
      <button
        type="button"
        className="p2n-Item"
        title={paper.title}
        onClick={() => openPaper(paper.id)}
      >
        <span className="p2n-Item-title">{paper.title}</span>
        <span className="p2n-Item-meta">
          {paper.reader
            ? trans._n('%1 claim', '%1 claims', paper.claim_count)
            : trans.__('not read yet')}
          <span aria-hidden="true">·</span>
          {trans._n('%1 page', '%1 pages', paper.pages)}
          {run && <RunBadge status={run.status} />}
        </span>
      </button>
    </li>
  );
}

function RunItem({ run }: { run: Run }): React.JSX.Element {
  const { workbench, trans, openPaper, openRun } = usePanel();
  const live = isLive(run.status);
  const now = useClock(live, 1000);
  const paperId = run.paper_id;
  const title =
    workbench.papers?.find(paper => paper.id === paperId)?.title ?? (run.title || run.id);
  const begun = run.started_at ? (now - Date.parse(run.started_at)) / 1000 : null;
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
          <RunBadge status={run.status} />
          {live && begun !== null ? seconds(begun) : seconds(run.duration_seconds)}
          <span aria-hidden="true">·</span>
          {ago(run.created_at, now)}
          {run.attempt > 1 && <span>{trans.__('attempt %1', run.attempt)}</span>}
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
  return <Bar value={feed.state.fraction} label={trans.__('Progress of the run')} />;
}
