import { LogBuffer } from '../log';
import { atOrAfter, LogLens, parted } from '../logLens';

const ALL = { onlyErrors: false, words: '', matchCase: false };

function print(log: LogBuffer, lines: string[], stream: 'stdout' | 'stderr' = 'stdout'): void {
  log.append({ stream, cell: 0, lines, truncated: false });
}

describe('LogLens', () => {
  it('finds lines as they come, whatever their case, and no pattern', () => {
    const log = new LogBuffer();
    print(log, ['Epoch 1', 'loss (a+b)', 'epoch 2']);
    const lens = new LogLens(log, { ...ALL, words: 'epoch' });
    lens.update();
    expect(lens.hits).toEqual([1, 3]);
    print(log, ['EPOCH 3', 'done']);
    lens.update();
    lens.update();
    expect(lens.hits).toEqual([1, 3, 4]);
    const strict = new LogLens(log, { ...ALL, words: 'Epoch', matchCase: true });
    strict.update();
    expect(strict.hits).toEqual([1]);
    const literal = new LogLens(log, { ...ALL, words: '(a+b)' });
    literal.update();
    expect(literal.hits).toEqual([2]);
  });

  it('shows only stderr where asked, and seeks in what is shown', () => {
    const log = new LogBuffer();
    print(log, ['a 1', 'a 2']);
    print(log, ['a 3', 'b 4'], 'stderr');
    print(log, ['a 5']);
    print(log, ['a 6'], 'stderr');
    expect(log.errors).toBe(3);
    const lens = new LogLens(log, { onlyErrors: true, words: 'a', matchCase: false });
    lens.update();
    expect(lens.slice(0, lens.length).map(({ number }) => number)).toEqual([3, 4, 6]);
    expect(lens.hits).toEqual([3, 6]);
    expect([lens.placeOf(6), lens.placeOf(5), lens.numberAt(1)]).toEqual([2, 2, 4]);
  });

  it('forgets what the log has dropped', () => {
    const log = new LogBuffer(100);
    const lens = new LogLens(log, { onlyErrors: true, words: '0', matchCase: false });
    for (let index = 0; index < 400; index++) {
      print(log, [`line ${index}`], index % 2 ? 'stderr' : 'stdout');
      lens.update();
    }
    expect(lens.length).toBeLessThanOrEqual(55);
    const shown = lens.slice(0, lens.length);
    expect(shown.every(line => line.number > log.dropped && line.stream === 'stderr')).toBe(true);
    expect(lens.hits.every(number => number > log.dropped)).toBe(true);
    expect(lens.hits.length).toBeGreaterThan(0);
  });
});

describe('parted', () => {
  it('gives every occurrence at an odd place', () => {
    expect(parted('a<b>A', /a/iu)).toEqual(['', 'a', '<b>', 'A', '']);
    expect(parted('plain', null)).toEqual(['plain']);
  });
});

describe('atOrAfter', () => {
  it.each([
    [0, 0],
    [2, 0],
    [3, 1],
    [4, 1],
    [9, 3]
  ])('of 2, 4, 8 seeks %d', (value, place) => {
    expect(atOrAfter([2, 4, 8], value)).toBe(place);
  });
});
