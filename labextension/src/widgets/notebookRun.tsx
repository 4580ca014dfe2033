import { MainAreaWidget } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import { type IPanel, PanelProvider, usePanel, useSignal } from '../components/context';
import { Empty, Problem, Spinner } from '../components/parts';
import { RunView } from '../components/RunView';
import { p2nIcon } from '../icons';
import type { RunSession } from '../runSession';

function Content({ session }: { session: RunSession }): React.JSX.Element {
  const { trans } = usePanel();
  useSignal(session.changed);
  useSignal(session.workbench.changed);
  const { run, feed, problem } = session;
  return (
    <div className="p2n-Document-content">
      <header className="p2n-Document-head">
        <div className="p2n-Document-title">
          <h1>{run?.title || trans.__('Notebook run')}</h1>
          <p className="p2n-Muted">{trans.__('A notebook of your own, run in the sandbox')}</p>
        </div>
      </header>
      <div className="p2n-Document-step">
        {run && feed ? (
          <RunView key={run.id} session={session} run={run} feed={feed} />
        ) : session.runId && !problem ? (
          <Empty title={trans.__('Loading …')}>
            <Spinner />
          </Empty>
        ) : (
          <Empty title={trans.__('This run is gone')}>
            {problem && <Problem reason={problem} />}
          </Empty>
        )}
      </div>
    </div>
  );
}

class RunContent extends ReactWidget {
  constructor(
    private _panel: IPanel,
    private _session: RunSession
  ) {
    super();
    this.addClass('p2n-Document');
  }

  protected render(): React.JSX.Element {
    return (
      <PanelProvider value={this._panel}>
        <Content session={this._session} />
      </PanelProvider>
    );
  }
}

/** A run without a paper in the main area. */
export class NotebookRunDocument extends MainAreaWidget<ReactWidget> {
  constructor(
    panel: IPanel,
    readonly session: RunSession
  ) {
    super({ content: new RunContent(panel, session) });
    this.id = `p2n-run-${session.runId}`;
    this.title.icon = p2nIcon;
    this.title.closable = true;
    this.toolbar.hide();
    this._onSession();
    session.changed.connect(this._onSession, this);
  }

  dispose(): void {
    if (!this.isDisposed) {
      this.session.dispose();
    }
    super.dispose();
  }

  /** The run may be known only after the tab is there. */
  private _onSession(): void {
    const title = this.session.run?.title || 'P2N';
    this.title.label = title;
    this.title.caption = title;
  }
}
