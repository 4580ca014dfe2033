import { refreshIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Paper } from '../schemas';
import { usePanel, useSignal } from './context';
import { DoctorLine } from './DoctorLine';
import { Button, Empty, Problem, RunBadge } from './parts';
import { SidebarRuns } from './SidebarRuns';
import { StorageLine } from './StorageLine';
import { SampleButton, Upload } from './Upload';

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
      <SidebarRuns runs={runs} />
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
