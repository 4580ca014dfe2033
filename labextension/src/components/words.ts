import type { TranslationBundle } from '@jupyterlab/translation';

import type { Facet } from '../claimFilter';
import type { LogStream } from '../log';
import type {
  Cause,
  Check,
  Claim,
  ClaimStatus,
  Disagreement,
  ErrorInfo,
  Extraction,
  Fidelity,
  ModelCall,
  RunStatus,
  Stage,
  UnplannedClaim,
  ValidationStatus,
  VerdictKind
} from '../schemas';

/** The contract's names in a person's language. */
export function stageNames(trans: TranslationBundle): Record<Stage, string> {
  return {
    queued: trans.__('Queued'),
    environment: trans.__('Environment'),
    datasets: trans.__('Data'),
    execution: trans.__('Execution'),
    upload: trans.__('Upload'),
    reading: trans.__('Reading'),
    indexing: trans.__('Index'),
    search: trans.__('File search'),
    model: trans.__('Model'),
    checking: trans.__('Checking'),
    planning: trans.__('Planning'),
    code: trans.__('Code')
  };
}

export function statusNames(trans: TranslationBundle): Record<ClaimStatus, string> {
  return {
    proposed: trans.__('proposed'),
    confirmed: trans.__('confirmed'),
    corrected: trans.__('corrected'),
    rejected: trans.__('rejected')
  };
}

export function runStatusNames(trans: TranslationBundle): Record<RunStatus, string> {
  return {
    queued: trans.__('queued'),
    running: trans.__('running'),
    succeeded: trans.__('succeeded'),
    failed: trans.__('failed'),
    timeout: trans.__('timeout'),
    cancelled: trans.__('cancelled')
  };
}

export function verdictNames(trans: TranslationBundle): Record<VerdictKind, string> {
  return {
    reproduced: trans.__('reproduced'),
    close: trans.__('close'),
    not_reproduced: trans.__('not reproduced'),
    not_comparable: trans.__('not comparable'),
    not_run: trans.__('not run')
  };
}

export function fidelityNames(trans: TranslationBundle): Record<Fidelity, string> {
  return {
    exact: trans.__('exact'),
    reduced: trans.__('reduced'),
    proxy: trans.__('proxy')
  };
}

export function validationNames(trans: TranslationBundle): Record<ValidationStatus, string> {
  return {
    running: trans.__('running'),
    identical: trans.__('identical'),
    different: trans.__('different'),
    failed: trans.__('failed'),
    cancelled: trans.__('cancelled')
  };
}

export function certaintyNames(trans: TranslationBundle): Record<Cause['certainty'], string> {
  return {
    certain: trans.__('certain'),
    likely: trans.__('likely'),
    possible: trans.__('possible')
  };
}

/** Why a claim is in no plan. */
export function leftOutNames(trans: TranslationBundle): Record<UnplannedClaim['reason'], string> {
  return {
    other_dataset: trans.__('other dataset'),
    dataset_unknown: trans.__('dataset unknown'),
    dataset_not_stated: trans.__('dataset not stated'),
    dataset_unavailable: trans.__('dataset unavailable'),
    method_unknown: trans.__('method unknown'),
    metric_unknown: trans.__('metric unknown'),
    split_not_reproducible: trans.__('split not reproducible'),
    over_budget: trans.__('over budget'),
    licence: trans.__('licence'),
    rejected_by_person: trans.__('rejected by a person')
  };
}

export function checkNames(trans: TranslationBundle): Record<Check['status'], string> {
  return {
    ok: trans.__('works'),
    warning: trans.__('warning'),
    failed: trans.__('does not work'),
    unknown: trans.__('unknown')
  };
}

/** How far a stage of a run or a cell of its notebook is. */
export type Progressed = 'todo' | 'started' | 'completed' | 'failed' | 'cut';

export function progressNames(trans: TranslationBundle): Record<Progressed, string> {
  return {
    todo: trans.__('to come'),
    started: trans.__('under way'),
    completed: trans.__('done'),
    failed: trans.__('failed'),
    cut: trans.__('not ended')
  };
}

export function streamNames(trans: TranslationBundle): Record<LogStream, string> {
  return {
    stdout: trans.__('printed'),
    stderr: trans.__('written to stderr'),
    system: trans.__('said by P2N')
  };
}

export function agentNames(trans: TranslationBundle): Record<ModelCall['agent'], string> {
  return {
    extractor: trans.__('reading'),
    planner: trans.__('planning'),
    coder: trans.__('code'),
    storyteller: trans.__('story')
  };
}

export function outcomeNames(trans: TranslationBundle): Record<ModelCall['outcome'], string> {
  return {
    open: trans.__('open: the most it can cost is counted'),
    completed: trans.__('completed'),
    incomplete: trans.__('incomplete'),
    refused: trans.__('refused'),
    failed: trans.__('failed')
  };
}

export function facetNames(trans: TranslationBundle): Record<Facet, string> {
  return {
    table: trans.__('Table'),
    method: trans.__('Method'),
    dataset: trans.__('Dataset'),
    metric: trans.__('Metric'),
    status: trans.__('Status')
  };
}

export type FieldName = Disagreement['field'] | 'value_printed' | 'value' | 'note';

export function fieldNames(trans: TranslationBundle): Record<FieldName, string> {
  return {
    method: trans.__('Method'),
    dataset: trans.__('Dataset'),
    split: trans.__('Split'),
    metric: trans.__('Metric'),
    value: trans.__('Value'),
    value_printed: trans.__('Value as printed'),
    units: trans.__('Units'),
    direction: trans.__('Better is'),
    own_method: trans.__('Whose method'),
    note: trans.__('Note')
  };
}

/** A field's value in words; what is not said gets a word too. */
export function fieldValue(
  trans: TranslationBundle,
  field: FieldName,
  value: string | number | boolean | null | undefined
): string {
  if (value === null || value === undefined || value === '') {
    return trans.__('not stated');
  }
  const text = String(value);
  if (field === 'direction') {
    return text === 'maximize' ? trans.__('higher') : trans.__('lower');
  }
  if (field === 'own_method') {
    return text.toLowerCase() === 'true' ? trans.__("this paper's") : trans.__('a baseline');
  }
  return text;
}

interface IRead {
  reader?: string | null;
  extraction: Extraction | null;
}

/** Who read the paper, in a few words: "offline reader: rules, no model". */
export function readBy(trans: TranslationBundle, { reader, extraction }: IRead): string {
  if (!extraction) {
    return reader ? trans.__('%1 reader', reader) : trans.__('nobody yet');
  }
  const names = extraction.readers.join(' + ');
  return extraction.model
    ? trans.__('read by %1 (%2)', names, extraction.model)
    : extraction.readers.length === 1 && extraction.readers[0] === 'offline'
      ? trans.__('offline reader: rules, no model')
      : trans.__('read by %1', names);
}

/** The same as a sentence of its own. */
export function readBySentence(trans: TranslationBundle, extraction: Extraction): string {
  const names = extraction.readers.join(' + ');
  return extraction.model
    ? trans.__('Read by %1 (%2)', names, extraction.model)
    : extraction.readers.length === 1 && extraction.readers[0] === 'offline'
      ? trans.__('Read by the offline reader: rules, no model')
      : trans.__('Read by %1', names);
}

/** US dollars, small sums with as many digits as tell them from nothing. */
export function money(usd: number): string {
  if (usd > 0 && usd < 0.0001) {
    return '< $0.0001';
  }
  const cents = Math.abs(usd * 100 - Math.round(usd * 100)) < 1e-6;
  return `$${usd.toFixed(cents || usd >= 1 ? 2 : 4)}`;
}

export function place(trans: TranslationBundle, claim: Claim): string {
  return trans.__('%1, p. %2', claim.citation.label, claim.citation.page);
}

/** Identical notices told once. */
export function distinct(notices: readonly ErrorInfo[]): ErrorInfo[] {
  const seen = new Map(notices.map(notice => [`${notice.code} ${notice.message}`, notice]));
  return [...seen.values()];
}
