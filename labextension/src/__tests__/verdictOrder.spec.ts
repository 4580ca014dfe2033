import type { ClaimVerdict } from '../schemas';
import { nextSort, sorted } from '../verdictOrder';

const item = (method: string, gap: number | null, mean: number | null) =>
  ({
    claim: { method, metric: 'accuracy', value: 1 },
    verdict: 'close',
    gap,
    observed: mean === null ? null : { mean }
  }) as unknown as ClaimVerdict;

const items = [item('b 10', -3, 0.2), item('a', null, null), item('b 9', 2, 0.1)];
const names = (list: ClaimVerdict[]) => list.map(({ claim }) => claim.method);

describe('sorted', () => {
  it('keeps the order of the paper where none is asked for', () => {
    expect(names(sorted(items, null))).toEqual(['b 10', 'a', 'b 9']);
  });

  it('orders gaps by size, and what has none last either way', () => {
    expect(names(sorted(items, { column: 'gap', down: false }))).toEqual(['b 9', 'b 10', 'a']);
    expect(names(sorted(items, { column: 'gap', down: true }))).toEqual(['b 10', 'b 9', 'a']);
  });

  it('orders names as people count', () => {
    expect(names(sorted(items, { column: 'method', down: false }))).toEqual(['a', 'b 9', 'b 10']);
  });
});

describe('nextSort', () => {
  it('goes up, down and away', () => {
    const up = nextSort(null, 'gap');
    const down = nextSort(up, 'gap');
    expect([up?.down, down?.down, nextSort(down, 'gap')]).toEqual([false, true, null]);
    expect(nextSort(down, 'plan')).toEqual({ column: 'plan', down: false });
  });
});
