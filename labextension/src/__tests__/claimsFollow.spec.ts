import { ClaimsSession } from '../claimsSession';
import { RequestError } from '../request';

const LIST = { reader: null, extraction: null, claims: [], total: 0, reading: false };
const USAGE = { calls: [], spent_usd: 0, cap_usd: 1 };
const OVER = new RequestError(
  { code: 'E_NOT_FOUND', message: 'Nobody is reading this paper now.', remediation: '' },
  404
);

function sessionOver(api: object): ClaimsSession {
  return new ClaimsSession({ usage: () => Promise.resolve(USAGE), ...api } as never, 'p_1');
}

describe('A reading that was begun elsewhere', () => {
  it('is followed when the paper is opened', async () => {
    let follow: ((value: void) => void) | undefined;
    const lists = [{ ...LIST, reading: true }, LIST];
    const session = sessionOver({
      claims: () => Promise.resolve(lists.shift() ?? LIST),
      followExtraction: () => new Promise<void>(resolve => (follow = resolve))
    });
    await session.load();
    expect(session.reading).not.toBeNull();
    follow?.();
    await new Promise(resolve => setTimeout(resolve));
    expect(session.reading).toBeNull();
    expect(session.problem).toBeNull();
  });

  it('that ended meanwhile is no problem: what it found is loaded', async () => {
    const lists = [
      { ...LIST, reading: true },
      { ...LIST, reader: 'offline' }
    ];
    let loads = 0;
    const session = sessionOver({
      claims: () => Promise.resolve(lists[Math.min(loads++, 1)]),
      followExtraction: () => Promise.reject(OVER)
    });
    await session.load();
    await new Promise(resolve => setTimeout(resolve));
    expect([session.reading, session.problem, loads]).toEqual([null, null, 2]);
  });
});
