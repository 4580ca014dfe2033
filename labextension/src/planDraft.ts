import type { Experiment, PlanBody, Protocol, TrainingConfig } from './schemas';

/** What a form changes of an experiment: every field a text, the empty one for what the method does not set. */
export interface IExperimentDraft {
  id: string;
  kept: boolean;
  epochs: string;
  batch_size: string;
  learning_rate: string;
  repeats: string;
  /** Parameters of the method as JSON, so that text, numbers and lists stay what they are. */
  parameters: Record<string, string>;
}

/** What a form changes of a plan. */
export interface IPlanDraft {
  budget_minutes: string;
  seed: string;
  repeats: string;
  test_fraction: string;
  test_rows: string;
  folds: string;
  stratified: boolean;
  experiments: IExperimentDraft[];
}

type Setting = 'epochs' | 'batch_size' | 'learning_rate' | 'repeats';
export const SETTINGS: readonly Setting[] = ['epochs', 'batch_size', 'learning_rate', 'repeats'];

/** The part of a protocol that its kind has. */
export const PROTOCOL_FIELDS: Record<
  Protocol['kind'],
  readonly ('test_fraction' | 'test_rows' | 'folds')[]
> = { holdout: ['test_fraction', 'test_rows'], kfold: ['folds'], whole: [], given: [] };

const said = (value: number | null) => (value === null ? '' : String(value));

export function draftOf(body: PlanBody): IPlanDraft {
  const { protocol, seed, repeats } = body.config;
  return {
    budget_minutes: String(body.policy.budget_minutes),
    seed: String(seed),
    repeats: String(repeats),
    test_fraction: said(protocol.test_fraction),
    test_rows: said(protocol.test_rows),
    folds: said(protocol.folds),
    stratified: protocol.stratified,
    experiments: body.experiments.map(experiment => ({
      id: experiment.id,
      kept: true,
      epochs: said(experiment.config.epochs),
      batch_size: said(experiment.config.batch_size),
      learning_rate: said(experiment.config.learning_rate),
      repeats: said(experiment.config.repeats),
      parameters: Object.fromEntries(
        Object.entries(experiment.model.parameters).map(([name, value]) => [
          name,
          JSON.stringify(value)
        ])
      )
    }))
  };
}

/** The plan as the form has it; raises RangeError naming the field that holds no number or no JSON. */
export function applied(body: PlanBody, draft: IPlanDraft): PlanBody {
  const { config } = body;
  return {
    ...body,
    policy: { ...body.policy, budget_minutes: figure('budget_minutes', draft.budget_minutes) },
    config: {
      ...config,
      seed: figure('seed', draft.seed),
      repeats: figure('repeats', draft.repeats),
      protocol: {
        ...config.protocol,
        stratified: draft.stratified,
        test_fraction: optional('test_fraction', draft.test_fraction),
        test_rows: optional('test_rows', draft.test_rows),
        folds: optional('folds', draft.folds)
      }
    },
    experiments: body.experiments.flatMap(experiment => {
      const own = draft.experiments.find(({ id }) => id === experiment.id);
      return !own ? [experiment] : own.kept ? [appliedTo(experiment, own)] : [];
    })
  };
}

function appliedTo(experiment: Experiment, draft: IExperimentDraft): Experiment {
  const config: TrainingConfig = { ...experiment.config };
  for (const name of SETTINGS) {
    config[name] = optional(`${experiment.id}.${name}`, draft[name]);
  }
  const parameters = Object.fromEntries(
    Object.entries(draft.parameters).map(([name, text]) => [
      name,
      json(`${experiment.id}.${name}`, text)
    ])
  );
  return { ...experiment, config, model: { ...experiment.model, parameters } };
}

function figure(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) {
    throw new RangeError(name);
  }
  return value;
}

function optional(name: string, text: string): number | null {
  return text.trim() === '' ? null : figure(name, text);
}

function json(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RangeError(name);
  }
}
