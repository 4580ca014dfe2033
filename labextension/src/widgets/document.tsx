import { MainAreaWidget } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';
import { ISignal, Signal } from '@lumino/signaling';
import * as React from 'react';

import { type IPanel, PanelProvider } from '../components/context';
import { Document } from '../components/Document';
import { p2nIcon } from '../icons';
import type { PaperSession, Step } from '../paperSession';

class DocumentContent extends ReactWidget {
  constructor(
    private _panel: IPanel,
    private _session: PaperSession
  ) {
    super();
    this.addClass('p2n-Document');
  }

  protected render(): React.JSX.Element {
    return (
      <PanelProvider value={this._panel}>
        <Document session={this._session} />
      </PanelProvider>
    );
  }
}

/** A paper in the main area. */
export class PaperDocument extends MainAreaWidget<ReactWidget> {
  constructor(
    panel: IPanel,
    readonly session: PaperSession
  ) {
    super({ content: new DocumentContent(panel, session) });
    this.id = `p2n-paper-${session.paperId}`;
    this.title.icon = p2nIcon;
    this.title.closable = true;
    this.toolbar.hide();
    this._step = session.step;
    this._onSession();
    session.changed.connect(this._onSession, this);
  }

  /** Emits when another step is looked at. */
  get stepChanged(): ISignal<this, Step> {
    return this._stepChanged;
  }

  dispose(): void {
    if (!this.isDisposed) {
      this.session.changed.disconnect(this._onSession, this);
    }
    super.dispose();
  }

  private _onSession(): void {
    const title = this.session.paper?.title ?? 'P2N';
    this.title.label = title.length > 24 ? `${title.slice(0, 23).trimEnd()}…` : title;
    this.title.caption = title;
    if (this._step !== this.session.step) {
      this._step = this.session.step;
      this._stepChanged.emit(this._step);
    }
  }

  private _step: Step;
  private _stepChanged = new Signal<this, Step>(this);
}
