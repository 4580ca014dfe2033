import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { number, seconds, words } from '../format';
import type { PaperSession } from '../paperSession';
import type { Plan, PlanBody } from '../schemas';
import { usePanel } from './context';
import { Experiments } from './Experiments';
import { FileLinks } from './FileLinks';
import { PlanEditor } from './PlanEditor';
import { Badge, Button, Empty, ExternalLink, Frame, QuoteBlock, Section, Spinner } from './parts';
import { Unplanned } from './Unplanned';

export function PlanStep({ session }: { session: PaperSession }): React.JSX.Element {
  const { trans } = usePanel();
  const { plan, plans, busy } = session;
  const planning = busy.has('plan');
  const [edited, setEdited] = React.useState<string | null>(null);
  if (!plan) {
    return (
      <Empty title={trans.__('How would this be run again?')}>
        <p>
          {trans.__(
            'A plan names dataset, methods and settings, quotes the paper for each choice, and says what the paper leaves unsaid.'
          )}
        </p>
        <div className="p2n-Toolbar">
          <Budget session={session} />
          <Button
            kind="primary"
            disabled={planning || session.claims.all.length === 0}
            onClick={() => void session.makePlan()}
          >
            {planning ? trans.__('Planning …') : trans.__('Make a plan')}
          </Button>
        </div>
        {session.claims.all.length === 0 && (
          <p className="p2n-Muted">{trans.__('Extract the claims first.')}</p>
        )}
      </Empty>
    );
  }
  const { body } = plan;
  return (
    <div className="p2n-Column">
      <div className="p2n-Toolbar">
        {plans.length > 1 && (
          <label className="p2n-Field">
            {trans.__('Plan')}
            <select
              className="jp-mod-styled"
              value={plan.id}
              onChange={event => session.selectPlan(event.target.value)}
            >
              {plans.map(other => (
                <option key={other.id} value={other.id}>
                  {`${other.body.dataset.title}, ${trans.__('version %1', other.version)}, ${new Date(other.created_at).toLocaleTimeString()}`}
                </option>
              ))}
            </select>
          </label>
        )}
        <Budget session={session} />
        <Button small disabled={planning} onClick={() => void session.makePlan()}>
          {planning ? trans.__('Planning …') : trans.__('Plan anew')}
        </Button>
        <Button
          small
          aria-expanded={edited === plan.id}
          onClick={() => setEdited(edited === plan.id ? null : plan.id)}
        >
          {trans.__('Edit')}
        </Button>
        <span className="p2n-Spacer" />
        <Materialize session={session} />
      </div>
      {edited === plan.id && (
        <PlanEditor key={plan.id} session={session} plan={plan} onDone={() => setEdited(null)} />
      )}
      <Environment session={session} />
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
        <Experiments body={body} claims={session.claims.all} />
      </Section>
      <Section title={trans.__('What the paper says')}>
        <div className="p2n-Quotes">
          {body.justifications.map((justification, index) => (
            <QuoteBlock key={index} text={justification.quote.text} page={justification.quote.page}>
              <b>{justification.subject}</b>,{' '}
            </QuoteBlock>
          ))}
        </div>
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
    </div>
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

function Budget({ session }: { session: PaperSession }): React.JSX.Element {
  const { trans } = usePanel();
  return (
    <label className="p2n-Field">
      {trans.__('Budget')}
      <input
        type="number"
        className="jp-mod-styled"
        min={1}
        max={20}
        step={1}
        value={session.budgetMinutes}
        onChange={event => session.setBudget(event.target.valueAsNumber)}
      />
      {trans.__('minutes')}
    </label>
  );
}

function Materialize({ session }: { session: PaperSession }): React.JSX.Element {
  const { trans } = usePanel();
  const { plan, busy } = session;
  const working = busy.has('materialize');
  return plan?.env_hash ? (
    <>
      <Badge tone="good">✓ {trans.__('materialized')}</Badge>
      <Button disabled={session.watch.busy.has('dispatch')} onClick={() => start(session)}>
        {trans.__('Run it')}
      </Button>
    </>
  ) : (
    <Button disabled={working} onClick={() => void session.materialize()}>
      {working && <Spinner />} {working ? trans.__('Resolving …') : trans.__('Materialize')}
    </Button>
  );
}

function start(session: PaperSession): void {
  session.show('run');
  void session.startRun();
}

/** What materializing fixed: the environment to the byte, and the files to read it in. */
function Environment({ session }: { session: PaperSession }): React.JSX.Element | null {
  const { trans } = usePanel();
  const { plan, assets } = session;
  if (!plan?.env_hash) {
    return null;
  }
  return (
    <Section title={trans.__('Materialized')}>
      <dl className="p2n-Facts">
        <dt>{trans.__('Environment')}</dt>
        <dd>
          <code title={plan.env_hash}>{plan.env_hash.slice(0, 23)}…</code>, Python{' '}
          {plan.python_version}
        </dd>
        <dt>{trans.__('Base image')}</dt>
        <dd>
          <code title={plan.image_digest ?? ''}>{plan.image_digest?.slice(0, 23)}…</code>
        </dd>
        <dt>{trans.__('Files')}</dt>
        <dd>
          {assets ? (
            <FileLinks files={assets.files} label={trans.__('Files of the plan')} />
          ) : (
            <Spinner />
          )}
        </dd>
      </dl>
    </Section>
  );
}
