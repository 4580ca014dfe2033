import type { Claim, ClaimStatus } from './schemas';

/** What claims can be narrowed by; each has a list of the paper's own values. */
export const FACETS = ['table', 'method', 'dataset', 'metric', 'status'] as const;
export type Facet = (typeof FACETS)[number];

export interface IClaimFilter extends Record<Facet, string | null> {
  /** Words that must all stand somewhere in a claim. */
  text: string;
}

/** Null lets everything through; the empty string asks for what the paper does not say. */
export const NO_FILTER: IClaimFilter = {
  text: '',
  table: null,
  method: null,
  dataset: null,
  metric: null,
  status: null
};

export interface IOption {
  value: string;
  count: number;
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

export function facetOf(claim: Claim, facet: Facet): string {
  return facet === 'table' ? claim.citation.label : (claim[facet] ?? '');
}

export function isFiltering(filter: IClaimFilter): boolean {
  return filter.text.trim() !== '' || FACETS.some(facet => filter[facet] !== null);
}

/** Whether a claim fits all of the filter, one facet aside. */
export function fits(claim: Claim, filter: IClaimFilter, aside?: Facet): boolean {
  for (const facet of FACETS) {
    const wanted = facet === aside ? null : filter[facet];
    if (wanted !== null && facetOf(claim, facet) !== wanted) {
      return false;
    }
  }
  const wanted = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  return wanted.length === 0 || wanted.every(part => textOf(claim).includes(part));
}

function textOf(claim: Claim): string {
  const { method, dataset, metric, split, value_printed, status, readers, note } = claim;
  const { label } = claim.citation;
  return [method, dataset, metric, split, value_printed, label, status, note, ...readers]
    .join(' ')
    .toLowerCase();
}

/** The values of a facet among the claims that fit the rest of the filter; the one chosen is always there. */
export function optionsOf(claims: readonly Claim[], filter: IClaimFilter, facet: Facet): IOption[] {
  const counts = new Map<string, number>();
  const chosen = filter[facet];
  if (chosen !== null) {
    counts.set(chosen, 0);
  }
  for (const claim of claims) {
    if (fits(claim, filter, facet)) {
      const value = facetOf(claim, facet);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => compareTexts(a.value, b.value));
}

/** The filter in the server's words. It seeks texts anywhere in a name, so its answer may hold more. */
export function exportQuery(filter: IClaimFilter): URLSearchParams {
  const query = new URLSearchParams();
  for (const facet of FACETS) {
    const value = filter[facet];
    if (value) {
      query.set(facet, value);
    }
  }
  return query;
}

export type Column =
  'method' | 'dataset' | 'metric' | 'value' | 'place' | 'confidence' | 'readers' | 'status';

export interface ISort {
  column: Column;
  down: boolean;
}

/** Up, then down, then the paper's own order again. */
export function nextSort(sort: ISort | null, column: Column): ISort | null {
  if (sort?.column !== column) {
    return { column, down: false };
  }
  return sort.down ? null : { column, down: true };
}

const STATUS_ORDER: readonly ClaimStatus[] = ['proposed', 'corrected', 'confirmed', 'rejected'];

/** Those that fit, in the order asked for. */
export function select(
  claims: readonly Claim[],
  filter: IClaimFilter,
  sort: ISort | null
): readonly Claim[] {
  const fitting = isFiltering(filter) ? claims.filter(claim => fits(claim, filter)) : claims;
  return sorted(fitting, sort);
}

/** What the paper does not say comes last, whichever way. */
export function sorted(claims: readonly Claim[], sort: ISort | null): readonly Claim[] {
  if (!sort) {
    return claims;
  }
  const { column, down } = sort;
  const sign = down ? -1 : 1;
  return [...claims].sort((a, b) => {
    const missing = Number(isMissing(a, column)) - Number(isMissing(b, column));
    return missing !== 0 ? missing : sign * compare(a, b, column);
  });
}

function isMissing(claim: Claim, column: Column): boolean {
  return column === 'dataset' && !claim.dataset;
}

function compare(a: Claim, b: Claim, column: Column): number {
  switch (column) {
    case 'value':
    case 'confidence':
      return a[column] - b[column];
    case 'place':
      return (
        a.citation.page - b.citation.page || collator.compare(a.citation.label, b.citation.label)
      );
    case 'status':
      return STATUS_ORDER.indexOf(a.status) - STATUS_ORDER.indexOf(b.status);
    case 'readers':
      return (
        a.readers.length - b.readers.length || collator.compare(a.readers.join(), b.readers.join())
      );
    case 'dataset':
      return (
        collator.compare(a.dataset ?? '', b.dataset ?? '') ||
        collator.compare(a.split ?? '', b.split ?? '')
      );
    default:
      return collator.compare(a[column], b[column]);
  }
}

function compareTexts(a: string, b: string): number {
  return Number(a === '') - Number(b === '') || collator.compare(a, b);
}
