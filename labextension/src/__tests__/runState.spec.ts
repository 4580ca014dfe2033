import { RunState } from '../runFeed';
import type { StreamEvent } from '../sse';

let seq = 0;
function event(type: string, payload: object): StreamEvent {
  seq += 1;
  return { seq, ts: `2026-01-01T00:00:${String(seq).padStart(2, '0')}Z`, type, payload } as never;
}

describe('RunState', () => {
  beforeEach(() => {
    seq = 0;
  });

  it('keeps the order of the stages and the time of those that are through', () => {
    const state = new RunState();
    state.apply(event('stage_update', { stage: 'environment', state: 'started', message: 'uv' }));
    state.apply(
      event('stage_update', {
        stage: 'environment',
        state: 'completed',
        message: '',
        seconds: 2.5,
        cached: true
      })
    );
    expect(state.timeline().map(({ stage }) => stage)).toEqual([
      'queued',
      'environment',
      'datasets',
      'execution',
      'upload'
    ]);
    expect(state.stages.get('environment')).toMatchObject({
      state: 'completed',
      message: 'uv',
      seconds: 2.5,
      cached: true,
      startedAt: Date.parse('2026-01-01T00:00:01Z')
    });
  });

  it('ends the wait when the next stage begins', () => {
    const state = new RunState();
    state.apply(event('stage_update', { stage: 'queued', state: 'started', message: '' }));
    expect(state.current?.stage).toBe('queued');
    state.apply(event('stage_update', { stage: 'environment', state: 'started', message: '' }));
    expect(state.stages.get('queued')).toMatchObject({ state: 'completed', seconds: 1 });
    expect(state.current?.stage).toBe('environment');
  });

  it('gathers the repeats of a metric and tells experiments apart', () => {
    const state = new RunState();
    const metric = { name: 'accuracy', split: 'test', dataset: 'wine', step: null };
    state.apply(event('metric_update', { ...metric, experiment: 'svm', value: 0.9, repeat: 0 }));
    state.apply(event('metric_update', { ...metric, experiment: 'svm', value: 0.8, repeat: 1 }));
    state.apply(event('metric_update', { ...metric, experiment: 'knn', value: 0.7, repeat: 0 }));
    expect([...state.metrics.values()].map(({ values }) => values)).toEqual([[0.9, 0.8], [0.7]]);
  });

  it('draws what is reported by step as series of bounded length, apart from final values', () => {
    const state = new RunState();
    const metric = { name: 'loss', split: 'train', dataset: 'd', experiment: 'mlp', repeat: 0 };
    for (let step = 0; step < 5000; step++) {
      state.apply(event('metric_update', { ...metric, value: 1 / (step + 1), step }));
    }
    state.apply(event('metric_update', { ...metric, value: 0.5, step: null }));
    const [series] = [...state.series.values()];
    expect(state.series.size).toBe(1);
    expect(series.points.length).toBeLessThanOrEqual(2000);
    expect(series.points[series.points.length - 1].step).toBe(4999);
    expect([...state.metrics.values()].map(({ values }) => values)).toEqual([[0.5]]);
  });

  it('counts cells, not pages', () => {
    const state = new RunState();
    expect(state.fraction).toBeNull();
    state.apply(event('progress', { done: 1, total: 2, unit: 'page' }));
    expect(state.fraction).toBeNull();
    state.apply(event('progress', { done: 3, total: 4, unit: 'cell' }));
    expect(state.fraction).toBe(0.75);
  });

  it('ends with the error that ended it', () => {
    const state = new RunState();
    const error = { code: 'E_RUN_OOM', message: 'm', remediation: 'r', detail: {} };
    state.apply(event('end', { status: 'failed', error, artifacts: [] }));
    expect(state.end?.status).toBe('failed');
    expect(state.problem).toEqual(error);
  });
});
