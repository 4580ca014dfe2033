import { ReadingState } from '../reading';
import type { StreamEvent } from '../sse';
import { claim } from './claims';

let seq = 0;
function event(type: string, payload: object): StreamEvent {
  seq += 1;
  return { seq, ts: `2026-01-01T00:00:${String(seq).padStart(2, '0')}Z`, type, payload } as never;
}
const stage = (name: string, state: string, message = '', seconds: number | null = null) =>
  event('stage_update', { stage: name, state, message, seconds, cached: null });
const error = (message: string) => ({
  code: 'E_MODEL_UNAVAILABLE',
  message,
  remediation: 'r',
  detail: {}
});

describe('a reading', () => {
  beforeEach(() => {
    seq = 0;
  });

  it('keeps the stages in the order in which they began', () => {
    const reading = new ReadingState();
    reading.apply(stage('reading', 'started', 'offline + openai reader'));
    reading.apply(stage('indexing', 'started'));
    reading.apply(stage('indexing', 'completed', '', 2));
    reading.apply(stage('model', 'started', 'gpt-4o-mini'));
    expect(reading.stages.map(({ stage: name }) => name)).toEqual(['reading', 'indexing', 'model']);
    expect(reading.current?.message).toBe('gpt-4o-mini');
    reading.apply(stage('model', 'completed', '', 3));
    expect(reading.current?.stage).toBe('reading');
    expect(reading.stages[2]).toMatchObject({ message: 'gpt-4o-mini', seconds: 3 });
  });

  it('lists each file search once', () => {
    const reading = new ReadingState();
    reading.apply(stage('search', 'started', 'accuracy on Wine'));
    reading.apply(stage('search', 'completed', 'accuracy on Wine'));
    reading.apply(stage('search', 'started', 'error on WDBC'));
    expect(reading.searches).toEqual(['accuracy on Wine', 'error on WDBC']);
  });

  it('takes a claim that a second reader changed in the place of the first', () => {
    const reading = new ReadingState();
    reading.apply(event('result', claim('a')));
    reading.apply(event('result', claim('b')));
    const before = reading.claims;
    expect(reading.claims).toBe(before);
    reading.apply(event('result', claim('a', { readers: ['offline', 'openai'] })));
    expect(reading.claims.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(reading.claims[0].readers).toEqual(['offline', 'openai']);
  });

  it('goes on after a notice; only the end with an error is a failure', () => {
    const reading = new ReadingState();
    reading.apply(event('error', error('the model is not there')));
    expect(reading.failure).toBeNull();
    reading.apply(event('end', { status: 'succeeded', error: null }));
    expect(reading.failure).toBeNull();
    expect(reading.notices).toHaveLength(1);
  });

  it('does not tell what ended it as a notice too', () => {
    const reading = new ReadingState();
    reading.apply(event('error', error('first')));
    reading.apply(event('error', error('last')));
    reading.apply(event('end', { status: 'failed', error: error('last') }));
    expect(reading.failure?.message).toBe('last');
    expect(reading.notices.map(({ message }) => message)).toEqual(['first']);
  });

  it("bounds the model's text and keeps its newest part", () => {
    const reading = new ReadingState();
    for (let count = 0; count < 3000; count++) {
      reading.apply(event('token', { text: `token ${count} ` }));
    }
    expect(reading.text.length).toBe(20000);
    expect(reading.text.endsWith('token 2999 ')).toBe(true);
    expect(reading.characters).toBeGreaterThan(30000);
  });
});
