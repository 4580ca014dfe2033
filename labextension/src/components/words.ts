import type { TranslationBundle } from '@jupyterlab/translation';

import type { Facet } from '../claimFilter';
import type { Claim, ClaimStatus, Disagreement, ErrorInfo, Extraction, Stage } from '../schemas';

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
