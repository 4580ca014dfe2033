import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { number, seconds, words } from '../format';
import type { PaperSession } from '../paperSession';
import type { Plan, PlanBody } from '../schemas';
import { usePanel } from './context';
import { Experiments } from './Experiments';
import { Badge, ExternalLink, Frame, Section } from './parts';
import { SourcedQuote } from './SourcedQuote';
import { Unplanned } from './Unplanned';

/** A plan as a person reads it: what is done, why, and what the paper leaves unsaid. */
export function PlanView({ session, plan }: { session: PaperSession; plan: Plan }) {
  const { trans } = usePanel();
  const { body } = plan;
  return (
    <>
      {body.explain.length > 0 && (
        <Section title={trans.__('In plain words')}>
          <ul className="p2n-Plain">
            {body.explain.map((sentence, index) => (
              <li key={index}>{sentence}</li>
            ))}
          </ul>
        </Section>
      )}
      <Section title={trans.__('Setting')}>
        <Setting plan={plan} />
      </Section>
      <Section
        title={trans.__('Experiments')}
        aside={<span className="p2n-Count">{body.experiments.length}</span>}
      >
        <Experiments session={session} body={body} />
      </Section>
      <Section title={trans.__('What the paper says')}>
        <div className="p2n-Quotes">
          {body.justifications.map((justification, index) => (
            <SourcedQuote key={index} session={session} justification={justification} />
          ))}
        </div>
        {body.justifications.length === 0 && (
          <p className="p2n-Muted">{trans.__('No choice of this plan rests on a quote.')}</p>
        )}
      </Section>
      {body.assumptions.length > 0 && (
        <Section title={trans.__('What it leaves unsaid')}>
          <Assumptions items={body.assumptions} />
        </Section>
      )}
      {body.unplanned.length > 0 && (
        <Section
          title={trans.__('Left out')}
          aside={<span className="p2n-Count">{body.unplanned.length}</span>}
        >
          <Unplanned session={session} unplanned={body.unplanned} />
        </Section>
      )}
    </>
  );
}

export function Assumptions(props: { items: PlanBody['assumptions'] }): React.JSX.Element {
  const { trans } = usePanel();
  return (
    <Frame label={trans.__('Assumptions')}>
      <table className="p2n-Table">
        <thead>
          <tr>
            <th scope="col">{trans.__('About')}</th>
            <th scope="col">{trans.__('Not stated')}</th>
            <th scope="col">{trans.__('Chosen instead')}</th>
          </tr>
        </thead>
        <tbody>
          {props.items.map((assumption, index) => (
            <tr key={index}>
              <td>
                <b>{assumption.subject}</b>
              </td>
              <td>{assumption.missing}</td>
              <td>{assumption.choice}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Frame>
  );
}

function protocolWords(
  protocol: Plan['body']['config']['protocol'],
  trans: TranslationBundle
): string {
  switch (protocol.kind) {
    case 'kfold':
      return trans.__('%1-fold cross-validation', protocol.folds ?? 0);
    case 'whole':
      return trans.__('fitted and evaluated on all rows');
    case 'given':
      return trans.__('the training and test parts that the source gives');
    case 'holdout':
      return protocol.test_rows
        ? trans.__('hold-out, %1 rows for testing', protocol.test_rows)
        : trans.__('hold-out, %1 % for testing', number((protocol.test_fraction ?? 0) * 100));
  }
}

function Setting({ plan }: { plan: Plan }): React.JSX.Element {
  const { trans } = usePanel();
  const { body } = plan;
  const { dataset, config } = body;
  const { protocol } = config;
  return (
    <dl className="p2n-Facts p2n-mod-two">
      <dt>{trans.__('Dataset')}</dt>
      <dd>
        <b>{dataset.title}</b>
        <div className="p2n-Muted">
          {trans.__('in the paper: “%1”', dataset.named_in_paper_as)}
          {dataset.subset && <>, {trans.__('subset %1', dataset.subset)}</>}
        </div>
      </dd>
      <dt>{trans.__('Source, licence')}</dt>
      <dd>
        <ExternalLink href={dataset.source}>{dataset.source}</ExternalLink>, {dataset.licence}{' '}
        <Badge tone={body.license_compliant ? 'good' : 'bad'}>
          {body.license_compliant
            ? trans.__('may be used')
            : trans.__('no licence known that allows it')}
        </Badge>
      </dd>
      <dt>{trans.__('Protocol')}</dt>
      <dd>
        {protocolWords(protocol, trans)}
        {protocol.stratified && `, ${trans.__('stratified')}`}
      </dd>
      <dt>{trans.__('Repeats')}</dt>
      <dd>{trans.__('%1, seeds from %2', config.repeats, config.seed)}</dd>
      <dt>{trans.__('Preprocessing')}</dt>
      <dd>{config.preprocessing.map(words).join(', ') || trans.__('none')}</dd>
      <dt>{trans.__('Framework')}</dt>
      <dd>{config.framework}</dd>
      <dt>{trans.__('Estimate, budget')}</dt>
      <dd>
        {trans.__(
          'about %1 of at most %2 minutes',
          seconds(body.estimated_runtime_minutes * 60),
          body.policy.budget_minutes
        )}
      </dd>
      <dt>{trans.__('Planned by')}</dt>
      <dd>
        {plan.author ?? plan.planner}, {trans.__('version %1', plan.version)}
        {plan.parent && `, ${trans.__('edited from %1', plan.parent)}`}
      </dd>
    </dl>
  );
}
