import { VERDICTS } from './format';
import type { ClaimVerdict } from './schemas';

export const VERDICT_COLUMNS = [
  'verdict',
  'method',
  'metric',
  'claimed',
  'observed',
  'gap',
  'fidelity',
  'plan'
] as const;
export type VerdictColumn = (typeof VERDICT_COLUMNS)[number];

export interface IVerdictSort {
  column: VerdictColumn;
  down: boolean;
}

const FIDELITIES = ['exact', 'reduced', 'proxy'];

/** In the order asked for; what has no value comes last either way, equal ones keep the paper's order. */
export function sorted(
  verdicts: readonly ClaimVerdict[],
  sort: IVerdictSort | null
): ClaimVerdict[] {
  if (!sort) {
    return [...verdicts];
  }
  const sign = sort.down ? -1 : 1;
  return [...verdicts].sort((a, b) => {
    const [one, other] = [keyOf(a, sort.column), keyOf(b, sort.column)];
    if (one === null || other === null) {
      return Number(one === null) - Number(other === null);
    }
    return (
      sign *
      (typeof one === 'string' || typeof other === 'string'
        ? String(one).localeCompare(String(other), undefined, { numeric: true })
        : one - other)
    );
  });
}

/** A press more: up, down, as the paper has it. */
export function nextSort(sort: IVerdictSort | null, column: VerdictColumn): IVerdictSort | null {
  return sort?.column !== column
    ? { column, down: false }
    : sort.down
      ? null
      : { column, down: true };
}

function keyOf(item: ClaimVerdict, column: VerdictColumn): string | number | null {
  switch (column) {
    case 'verdict':
      return VERDICTS.indexOf(item.verdict);
    case 'method':
      return item.claim.method || null;
    case 'metric':
      return [item.claim.metric, item.claim.dataset, item.claim.split].filter(Boolean).join(' ');
    case 'claimed':
      return item.claim.value;
    case 'observed':
      return item.observed?.mean ?? null;
    // The worst first or last, whichever side it is on.
    case 'gap':
      return item.gap === null ? null : Math.abs(item.gap);
    case 'fidelity':
      return item.fidelity ? FIDELITIES.indexOf(item.fidelity) : null;
    case 'plan':
      return item.plan_version;
  }
}
