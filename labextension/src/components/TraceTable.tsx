import * as React from 'react';

import { seconds } from '../format';
import type { ITraceRow } from '../trace';
import { usePanel } from './context';
import { Frame } from './parts';
import { processNames, spanName, spanStates } from './traceWords';

/** The same as the timeline in figures, in the order of the work. */
export function TraceTable({ rows }: { rows: readonly ITraceRow[] }): React.JSX.Element {
  const { trans } = usePanel();
  const [processes, states] = [processNames(trans), spanStates(trans)];
  return (
    <Frame label={trans.__('Where the time went, as a table')}>
      <table className="p2n-Table" aria-label={trans.__('Where the time went')}>
        <thead>
          <tr>
            <th scope="col">{trans.__('Step')}</th>
            <th scope="col">{trans.__('Process')}</th>
            <th scope="col" className="p2n-mod-value">
              {trans.__('Begins after')}
            </th>
            <th scope="col" className="p2n-mod-value">
              {trans.__('Took')}
            </th>
            <th scope="col">{trans.__('State')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ span, count, seconds: took }) => (
            <tr key={span.span_id}>
              <th scope="row" title={span.name} style={{ paddingLeft: 8 + 14 * span.depth }}>
                {spanName(trans, span)}
                {count > 1 && ` × ${count}`}
              </th>
              <td>{processes[span.process] ?? span.process}</td>
              <td className="p2n-mod-value">{seconds(span.offset_seconds)}</td>
              <td className="p2n-mod-value">{seconds(took)}</td>
              <td>
                {states[span.status]}
                {span.message && <div className="p2n-Muted">{span.message}</div>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Frame>
  );
}
