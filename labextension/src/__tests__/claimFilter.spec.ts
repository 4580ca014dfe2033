import {
  exportQuery,
  fits,
  isFiltering,
  nextSort,
  NO_FILTER,
  optionsOf,
  select,
  sorted
} from '../claimFilter';
import { claim } from './claims';

const CLAIMS = [
  claim('a', { method: 'SVM', dataset: 'Wine', label: 'Table 2', value: 9 }),
  claim('b', { method: 'SVM-RBF', dataset: 'Wine', label: 'Table 10', value: 100 }),
  claim('c', { method: 'SVM', dataset: null, label: 'Abstract', value: 50, status: 'rejected' })
];
const ids = (claims: readonly { id: string }[]) => claims.map(({ id }) => id).join('');

describe('the filter', () => {
  it('takes a value of the paper whole, not as part of another', () => {
    expect(ids(select(CLAIMS, { ...NO_FILTER, method: 'SVM' }, null))).toBe('ac');
  });

  it('combines what is chosen, and finds what the paper does not say', () => {
    expect(ids(select(CLAIMS, { ...NO_FILTER, method: 'SVM', dataset: '' }, null))).toBe('c');
    expect(ids(select(CLAIMS, { ...NO_FILTER, table: 'Table 10', method: 'SVM' }, null))).toBe('');
  });

  it('wants every word, anywhere in a claim', () => {
    expect(ids(select(CLAIMS, { ...NO_FILTER, text: ' rbf  WINE ' }, null))).toBe('b');
    expect(fits(CLAIMS[2], { ...NO_FILTER, text: 'rejected abstract' })).toBe(true);
    expect(isFiltering({ ...NO_FILTER, text: '  ' })).toBe(false);
  });

  it('offers what the rest of the filter leaves, and always what is chosen', () => {
    expect(optionsOf(CLAIMS, { ...NO_FILTER, dataset: 'Wine', method: 'SVM' }, 'method')).toEqual([
      { value: 'SVM', count: 1 },
      { value: 'SVM-RBF', count: 1 }
    ]);
    expect(
      optionsOf(CLAIMS, { ...NO_FILTER, table: 'Table 10', status: 'rejected' }, 'status')
    ).toEqual([
      { value: 'proposed', count: 1 },
      { value: 'rejected', count: 0 }
    ]);
  });

  it('orders tables by their numbers and ends with what is not stated', () => {
    expect(optionsOf(CLAIMS, NO_FILTER, 'table').map(({ value }) => value)).toEqual([
      'Abstract',
      'Table 2',
      'Table 10'
    ]);
    expect(optionsOf(CLAIMS, NO_FILTER, 'dataset').map(({ value }) => value)).toEqual(['Wine', '']);
  });

  it('asks the server for what it can narrow by itself', () => {
    const query = exportQuery({
      ...NO_FILTER,
      text: 'x',
      method: 'a&b',
      dataset: '',
      status: 'rejected'
    });
    expect(query.toString()).toBe('method=a%26b&status=rejected');
  });
});

describe('the order', () => {
  it('goes up, down and back to the paper', () => {
    const up = nextSort(null, 'value');
    const down = nextSort(up, 'value');
    expect(ids(sorted(CLAIMS, up))).toBe('acb');
    expect(ids(sorted(CLAIMS, down))).toBe('bca');
    expect(nextSort(down, 'value')).toBeNull();
    expect(nextSort(down, 'method')).toEqual({ column: 'method', down: false });
  });

  it('leaves what is not stated last, whichever way', () => {
    expect(ids(sorted(CLAIMS, { column: 'dataset', down: false }))).toBe('abc');
    expect(ids(sorted(CLAIMS, { column: 'dataset', down: true }))).toBe('abc');
  });

  it('does not touch the list that it is given', () => {
    sorted(CLAIMS, { column: 'value', down: true });
    expect(ids(CLAIMS)).toBe('abc');
  });
});
