import { bytes, claimedValue, gap, number, seconds, ticks } from '../format';
import type { Claim } from '../schemas';

const claim = { value_printed: '97.87', units: '%', uncertainty: null } as Claim;

describe('format', () => {
  it.each([
    [0.421, '0.42 s'],
    [12.34, '12.3 s'],
    [59.97, '60.0 s'],
    [185, '3 min 05 s'],
    [7320, '2 h 02 min'],
    [null, '–']
  ])('says %p seconds as %s', (value, text) => {
    expect(seconds(value)).toBe(text);
  });

  it('says sizes', () => {
    expect([bytes(12), bytes(1234), bytes(25e6)]).toEqual(['12 B', '1.2 kB', '25.0 MB']);
  });

  it('gives a claim as the paper prints it', () => {
    expect(claimedValue(claim)).toBe('97.87 %');
    expect(claimedValue({ ...claim, value_printed: '97.87%' })).toBe('97.87%');
    expect(
      claimedValue({
        ...claim,
        uncertainty: { kind: 'plus_minus', value: 1.9, low: null, high: null, printed: '± 1.93' }
      })
    ).toBe('97.87 ± 1.93 %');
  });

  it('gives a gap its sign and one digit more than printed', () => {
    expect([gap(0.5, claim), gap(-0.1234, claim)]).toEqual(['+0.500', '−0.123']);
  });

  it('rounds numbers to four significant digits', () => {
    expect([number(0.978723), number(20), number(1234567.8)]).toEqual(['0.9787', '20', '1235000']);
  });

  it('puts ticks on round numbers inside the range', () => {
    expect(ticks(0.913, 0.987, 5)).toEqual([0.92, 0.94, 0.96, 0.98]);
    expect(ticks(3, 3)).toEqual([3]);
  });
});
