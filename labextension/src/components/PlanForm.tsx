import * as React from 'react';

import type { PaperSession } from '../paperSession';
import {
  applied,
  draftOf,
  type IExperimentDraft,
  type IPlanDraft,
  PROTOCOL_FIELDS,
  SETTINGS
} from '../planDraft';
import type { IProblem } from '../request';
import type { Experiment, Plan } from '../schemas';
import { usePanel } from './context';
import { Button, Problem, Section, Spinner } from './parts';

interface IProps {
  session: PaperSession;
  plan: Plan;
  onDone: () => void;
}

/** The settings of a plan as fields. What the server refuses stays as it was typed, with the reason. */
export function PlanForm({ session, plan, onDone }: IProps): React.JSX.Element {
  const { trans } = usePanel();
  const { body } = plan;
  const [draft, setDraft] = React.useState(() => draftOf(body));
  const [saving, setSaving] = React.useState(false);
  const [problem, setProblem] = React.useState<IProblem | null>(null);
  const change = (part: Partial<IPlanDraft>) => setDraft({ ...draft, ...part });
  const changeExperiment = (id: string, part: Partial<IExperimentDraft>) =>
    change({
      experiments: draft.experiments.map(item => (item.id === id ? { ...item, ...part } : item))
    });
  const kept = draft.experiments.filter(item => item.kept).length;
  const save = async (materialize: boolean) => {
    let edited;
    try {
      edited = applied(body, draft);
    } catch (reason) {
      setProblem({
        code: 'E_PANEL',
        message: trans.__('“%1” holds no number.', (reason as Error).message),
        remediation: trans.__('Correct the field; texts of a method stand in quotation marks.')
      });
      return;
    }
    setSaving(true);
    setProblem(null);
    const wrong = await session.editPlan(plan.id, edited);
    setSaving(false);
    if (wrong) {
      setProblem(wrong);
      return;
    }
    onDone();
    if (materialize) {
      void session.materialize();
    }
  };
  const protocolNames = {
    test_fraction: trans.__('Part for testing (0 to 1)'),
    test_rows: trans.__('Rows for testing'),
    folds: trans.__('Folds')
  };
  return (
    <form
      className="p2n-PlanForm"
      aria-label={trans.__('Edit the plan')}
      onSubmit={event => {
        event.preventDefault();
        if (!saving) {
          void save(false);
        }
      }}
      onKeyDown={event => {
        if (event.key === 'Escape') {
          event.preventDefault();
          event.stopPropagation();
          onDone();
        }
      }}
    >
      <p className="p2n-Muted">
        {trans.__(
          'Saved as a new version beside this one. What no field here holds can be edited as JSON.'
        )}
      </p>
      <Section title={trans.__('For all experiments')}>
        <div className="p2n-PlanForm-fields">
          <Figure
            name={trans.__('Budget of a run, minutes')}
            value={draft.budget_minutes}
            focused
            onChange={budget_minutes => change({ budget_minutes })}
          />
          <Figure
            name={trans.__('First seed')}
            value={draft.seed}
            onChange={seed => change({ seed })}
          />
          <Figure
            name={trans.__('Repeats')}
            value={draft.repeats}
            onChange={repeats => change({ repeats })}
          />
          {PROTOCOL_FIELDS[body.config.protocol.kind].map(field => (
            <Figure
              key={field}
              name={protocolNames[field]}
              value={draft[field]}
              optional
              onChange={value => change({ [field]: value })}
            />
          ))}
          <label className="p2n-PlanForm-check">
            <input
              type="checkbox"
              checked={draft.stratified}
              onChange={event => change({ stratified: event.target.checked })}
            />
            <span>{trans.__('Stratified')}</span>
          </label>
        </div>
      </Section>
      {body.experiments.map(experiment => (
        <ExperimentFields
          key={experiment.id}
          experiment={experiment}
          draft={draft.experiments.find(({ id }) => id === experiment.id)!}
          onChange={part => changeExperiment(experiment.id, part)}
        />
      ))}
      {problem && <Problem reason={problem} onDismiss={() => setProblem(null)} />}
      <div className="p2n-Toolbar p2n-PlanForm-foot">
        <Button type="submit" kind="primary" disabled={saving || kept === 0}>
          {saving && <Spinner />} {trans.__('Save as a new version')}
        </Button>
        <Button disabled={saving || kept === 0} onClick={() => void save(true)}>
          {trans.__('Save and materialize')}
        </Button>
        <Button kind="quiet" disabled={saving} onClick={onDone}>
          {trans.__('Cancel')}
        </Button>
      </div>
    </form>
  );
}

function ExperimentFields(props: {
  experiment: Experiment;
  draft: IExperimentDraft;
  onChange: (part: Partial<IExperimentDraft>) => void;
}): React.JSX.Element {
  const { experiment, draft, onChange } = props;
  const { trans } = usePanel();
  const names = {
    epochs: trans.__('Epochs'),
    batch_size: trans.__('Batch size'),
    learning_rate: trans.__('Learning rate'),
    repeats: trans.__('Repeats, in place of the plan’s')
  };
  // A field for what the method has; a setting that it lacks would be refused.
  const settings = SETTINGS.filter(name => name === 'repeats' || experiment.config[name] !== null);
  const title = experiment.model.named_in_paper_as;
  return (
    <Section
      title={title}
      aside={
        <label className="p2n-PlanForm-check">
          <input
            type="checkbox"
            aria-label={trans.__('Run %1', title)}
            checked={draft.kept}
            onChange={event => onChange({ kept: event.target.checked })}
          />
          <span>{trans.__('run it')}</span>
        </label>
      }
    >
      {draft.kept && (
        <div className="p2n-PlanForm-fields">
          {settings.map(name => (
            <Figure
              key={name}
              name={names[name]}
              value={draft[name]}
              optional
              onChange={value => onChange({ [name]: value })}
            />
          ))}
          {Object.entries(draft.parameters).map(([name, value]) => (
            <label key={name}>
              <span>
                <code>{name}</code>
              </span>
              <input
                type="text"
                className="jp-mod-styled"
                spellCheck={false}
                required
                value={value}
                onChange={event =>
                  onChange({ parameters: { ...draft.parameters, [name]: event.target.value } })
                }
              />
            </label>
          ))}
        </div>
      )}
    </Section>
  );
}

function Figure(props: {
  name: string;
  value: string;
  optional?: boolean;
  focused?: boolean;
  onChange: (value: string) => void;
}): React.JSX.Element {
  const field = React.useRef<HTMLInputElement>(null);
  const { focused } = props;
  React.useEffect(() => {
    if (focused) {
      field.current?.focus();
    }
  }, [focused]);
  return (
    <label>
      <span>{props.name}</span>
      <input
        ref={field}
        type="text"
        inputMode="decimal"
        className="jp-mod-styled"
        required={!props.optional}
        value={props.value}
        onChange={event => props.onChange(event.target.value)}
      />
    </label>
  );
}
