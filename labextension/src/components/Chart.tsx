import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { Widget } from '@lumino/widgets';
import * as React from 'react';

import { usePanel, useSignal } from './context';

/** A Vega-Lite chart. The old picture stays until the new one is drawn, so that nothing jumps while numbers come. */
export function Chart(props: {
  specification: ReadonlyPartialJSONObject;
  label: string;
}): React.JSX.Element {
  const { specification, label } = props;
  const { charts, trans } = usePanel();
  const host = React.useRef<HTMLDivElement>(null);
  const shown = React.useRef<IRenderMime.IRenderer | null>(null);
  const [failed, setFailed] = React.useState(false);
  useSignal(charts?.themeChanged ?? null);
  const theme = charts?.theme;

  React.useLayoutEffect(() => {
    const renderer = charts?.create() ?? null;
    if (!charts || !renderer || !host.current?.isConnected) {
      setFailed(!renderer);
      return;
    }
    Widget.attach(renderer, host.current);
    renderer.addClass('p2n-mod-coming');
    renderer.renderModel(charts.model(specification)).then(
      () => {
        if (!renderer.isDisposed) {
          shown.current?.dispose();
          shown.current = renderer;
          renderer.removeClass('p2n-mod-coming');
        }
      },
      () => setFailed(true)
    );
    return () => {
      if (shown.current !== renderer) {
        renderer.dispose();
      }
    };
  }, [charts, theme, specification]);

  React.useLayoutEffect(
    () => () => {
      shown.current?.dispose();
      shown.current = null;
    },
    []
  );

  return (
    <div className="p2n-Chart" role="group" aria-label={label}>
      <div ref={host} className="p2n-Chart-host" />
      {failed && (
        <p className="p2n-Muted">
          {trans.__("Curves need JupyterLab's Vega renderer, which is switched off: %1", label)}
        </p>
      )}
    </div>
  );
}
