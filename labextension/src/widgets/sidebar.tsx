import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import { type IPanel, PanelProvider } from '../components/context';
import { Sidebar } from '../components/Sidebar';
import { p2nIcon } from '../icons';

/** The left sidebar: papers, runs, and what P2N stands on. */
export class SidebarWidget extends ReactWidget {
  constructor(private _panel: IPanel) {
    super();
    const { trans } = _panel;
    this.id = 'p2n-sidebar';
    this.title.icon = p2nIcon;
    this.title.caption = trans.__('P2N: papers and their runs');
    this.addClass('p2n-Sidebar');
    // Able to hold the focus, so that a paste after a click anywhere on it arrives.
    this.node.tabIndex = -1;
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('P2N papers and runs'));
  }

  protected render(): React.JSX.Element {
    return (
      <PanelProvider value={this._panel}>
        <Sidebar />
      </PanelProvider>
    );
  }
}
