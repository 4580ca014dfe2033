import { LogBuffer, readable, windowOf } from '../log';

function entry(lines: string[], more: object = {}) {
  return { stream: 'stdout' as const, cell: 0, lines, truncated: false, ...more };
}

describe('LogBuffer', () => {
  it('numbers lines from 1 and keeps their stream', () => {
    const log = new LogBuffer();
    log.append(entry(['a', 'b']));
    log.append(entry(['c'], { stream: 'stderr' }));
    expect(log.slice(1, 3).map(({ number, text, stream }) => [number, text, stream])).toEqual([
      [2, 'b', 'stdout'],
      [3, 'c', 'stderr']
    ]);
  });

  it('drops the oldest lines past its bound and says how many', () => {
    const log = new LogBuffer(1000);
    for (let index = 0; index < 50; index++) {
      log.append(entry(Array.from({ length: 256 }, (_, line) => `${index * 256 + line}`)));
    }
    expect(log.total).toBe(12800);
    expect(log.length).toBeLessThanOrEqual(1356);
    expect(log.dropped).toBe(12800 - log.length);
    const [last] = log.slice(log.length - 1, log.length);
    expect([last.number, last.text]).toEqual([12800, '12799']);
  });

  it('takes 100,000 lines in well under a second', () => {
    const log = new LogBuffer();
    const lines = Array.from({ length: 256 }, () => 'epoch 12: loss 0.1234');
    const begun = performance.now();
    while (log.total < 100000) {
      log.append(entry(lines));
    }
    expect(performance.now() - begun).toBeLessThan(1000);
  });

  it('says where output was cut', () => {
    const log = new LogBuffer();
    log.append(entry(['a'], { truncated: true }));
    expect(log.slice(1, 2)[0]).toMatchObject({ stream: 'system' });
  });
});

describe('readable', () => {
  it.each([
    ['\u001b[1;31mred\u001b[0m', 'red'],
    ['\u001b]0;title\u0007text', 'text'],
    [' 10%\r 50%\r100%', '100%'],
    ['windows\r', 'windows'],
    ['<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>']
  ])('reads %j as %j', (raw, text) => {
    expect(readable(raw)).toBe(text);
  });

  it('bounds a line', () => {
    expect(readable('x'.repeat(1e6)).length).toBeLessThan(4100);
  });
});

describe('windowOf', () => {
  it('covers what is in view and a bounded number beside', () => {
    const { first, last } = windowOf(50000 * 18, 360, 18, 100000);
    expect(first).toBe(49980);
    expect(last).toBe(50040);
  });

  it.each([
    [0, 300, 0],
    [0, 0, 5],
    [1e9, 300, 100],
    [-20, 300, 100]
  ])('stays within the log (top %d, height %d, %d lines)', (top, height, count) => {
    const { first, last } = windowOf(top, height, 18, count);
    expect(first).toBeGreaterThanOrEqual(0);
    expect(last).toBeLessThanOrEqual(count);
    expect(last).toBeGreaterThanOrEqual(Math.min(first, count));
  });
});
