import { Notification } from '@jupyterlab/apputils';

import type { IPanel } from './components/context';
import { runStatusNames } from './components/words';

/** Tells by JupyterLab's own notifications that a run has ended, with the way to what came of it. */
export function announceEnds(panel: IPanel): void {
  const { workbench, trans, openPaper, openRun } = panel;
  workbench.runEnded.connect((_, run) => {
    const { paper_id: paperId, status } = run;
    const title =
      workbench.papers?.find(paper => paper.id === paperId)?.title ?? (run.title || run.id);
    const showRun = () => {
      if (paperId) {
        workbench.session(paperId).watch.select(run.id);
        openPaper(paperId, 'run');
      } else {
        openRun(run.id);
      }
    };
    const actions = [{ label: trans.__('Show the run'), callback: showRun }];
    if (status === 'succeeded') {
      if (paperId) {
        const callback = () => openPaper(paperId, 'report');
        actions.unshift({ label: trans.__('Show the report'), callback });
      }
      Notification.success(trans.__('Run succeeded: %1', title), { autoClose: 8000, actions });
    } else if (status !== 'cancelled') {
      const why = run.error ? `\n${run.error.message}` : '';
      Notification.error(
        trans.__('Run ended as %1: %2', runStatusNames(trans)[status], title) + why,
        { actions }
      );
    }
  });
}
