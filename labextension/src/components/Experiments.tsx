import * as React from 'react';

import { claimedValue, goal, words } from '../format';
import type { PaperSession } from '../paperSession';
import type { Experiment, PlanBody } from '../schemas';
import { usePanel } from './context';
import { FidelityBadge, Frame } from './parts';
import { SourcedQuote } from './SourcedQuote';

interface IProps {
  session: PaperSession;
  body: PlanBody;
}

export function Experiments(props: IProps): React.JSX.Element {
  const { session } = props;
  const { trans } = usePanel();
  const claimed = new Map(session.claims.all.map(claim => [claim.id, claim]));
  return (
    <Frame label={trans.__('Experiments')}>
      <table className="p2n-Table">
        <thead>
          <tr>
            <th scope="col">{trans.__('Method')}</th>
            <th scope="col">{trans.__('Settings')}</th>
            <th scope="col">{trans.__('Claimed')}</th>
            <th scope="col">{trans.__('Goal ± close')}</th>
            <th scope="col">{trans.__('Fidelity')}</th>
          </tr>
        </thead>
        <tbody>
          {props.body.experiments.map(experiment => (
            <tr key={experiment.id}>
              <td>
                <b>{experiment.model.named_in_paper_as}</b>
                <div className="p2n-Muted">
                  {experiment.model.name}
                  {experiment.model.variant && ` (${experiment.model.variant})`}
                </div>
                {experiment.justifications.length > 0 && (
                  <Quotes session={session} experiment={experiment} />
                )}
              </td>
              <td>
                <Settings experiment={experiment} />
              </td>
              <td>
                {experiment.metrics.map(metric => {
                  const claim = claimed.get(metric.claim_id);
                  return (
                    <div key={metric.claim_id} className="p2n-Nowrap">
                      {claim?.metric ?? words(metric.name)}{' '}
                      <b className="p2n-Figure">{claim ? claimedValue(claim) : '–'}</b>{' '}
                      <span className="p2n-Muted">{metric.split}</span>
                    </div>
                  );
                })}
              </td>
              <td className="p2n-Figure">
                {experiment.metrics.map(metric => (
                  <div key={metric.claim_id} className="p2n-Nowrap">
                    {goal(metric)}
                  </div>
                ))}
              </td>
              <td>
                <FidelityBadge
                  fidelity={experiment.fidelity}
                  reasons={experiment.fidelity_reasons}
                />
                {experiment.fidelity_reasons.map(reason => (
                  <div key={reason} className="p2n-Muted">
                    {reason}
                  </div>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Frame>
  );
}

function Quotes(props: { session: PaperSession; experiment: Experiment }): React.JSX.Element {
  const { trans } = usePanel();
  return (
    <details>
      <summary>{trans.__('in the paper’s words')}</summary>
      {props.experiment.justifications.map((justification, index) => (
        <SourcedQuote key={index} session={props.session} justification={justification} />
      ))}
    </details>
  );
}

function Settings({ experiment }: { experiment: Experiment }): React.JSX.Element {
  const { trans } = usePanel();
  const { config, model } = experiment;
  const settings: [string, unknown][] = [
    ...Object.entries(model.parameters),
    ...Object.entries(config).filter(([, value]) => value !== null)
  ];
  return (
    <ul className="p2n-Chips">
      {settings.map(([name, value]) => (
        <li key={name}>
          <code>
            {name} = {Array.isArray(value) ? value.join(' → ') || trans.__('none') : text(value)}
          </code>
        </li>
      ))}
    </ul>
  );
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
