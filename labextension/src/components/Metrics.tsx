import * as React from 'react';

import { mean, number, words } from '../format';
import type { IMetric, RunState } from '../runFeed';
import { usePanel } from './context';
import { Curves } from './Curves';
import { Frame } from './parts';

/** Numbers as the notebook reports them: one row a metric, one dot a repeat; curves drawn anew with each `beat`. */
export function Metrics(props: { state: RunState; beat: unknown }): React.JSX.Element {
  const { state, beat } = props;
  const { trans } = usePanel();
  return (
    <section className="p2n-Metrics" aria-label={trans.__('Metrics so far')}>
      <header className="p2n-Log-head">
        <h3>{trans.__('Metrics')}</h3>
      </header>
      {state.series.size > 0 && <Curves series={[...state.series.values()]} beat={beat} />}
      {state.metrics.size > 0 && (
        <Frame label={trans.__('Metrics so far')}>
          <table className="p2n-Table">
            <thead>
              <tr>
                <th scope="col">{trans.__('Experiment')}</th>
                <th scope="col">{trans.__('Metric')}</th>
                <th scope="col" className="p2n-mod-value">
                  {trans.__('Mean')}
                </th>
                <th scope="col" className="p2n-mod-value">
                  n
                </th>
                <th scope="col">{trans.__('Each repeat')}</th>
              </tr>
            </thead>
            <tbody>
              {[...state.metrics.values()].map(metric => (
                <tr key={metric.key}>
                  <td>{metric.experiment}</td>
                  <td className="p2n-Nowrap">
                    {words(metric.name)} <span className="p2n-Muted">{metric.split}</span>
                  </td>
                  <td className="p2n-mod-value">{number(mean(metric.values))}</td>
                  <td className="p2n-mod-value">{metric.values.length}</td>
                  <td>
                    <Spark metric={metric} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Frame>
      )}
    </section>
  );
}

const WIDTH = 110;
const HEIGHT = 22;

function Spark({ metric }: { metric: IMetric }): React.JSX.Element {
  const { trans } = usePanel();
  const values = metric.values.slice(-60);
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  const step = WIDTH / Math.max(values.length, 12);
  return (
    <svg
      className="p2n-Spark"
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={trans.__('from %1 to %2', number(low), number(Math.max(...values)))}
    >
      {values.map((value, index) => (
        <circle
          key={index}
          cx={step / 2 + index * step}
          cy={HEIGHT - 4 - ((value - low) / span) * (HEIGHT - 8)}
          r={2}
        />
      ))}
    </svg>
  );
}
