import { nullTranslator } from '@jupyterlab/translation';
import { render, screen, within } from '@testing-library/react';
import * as React from 'react';

import type { Api, Following } from '../api';
import { type IPanel, PanelProvider } from '../components/context';
import { PlanningView } from '../components/PlanningView';
import { Planning, PlanningState } from '../planning';
import { RequestError } from '../request';
import type { Plan, Stage } from '../schemas';
import type { StreamEvent } from '../sse';
import { PLAN } from './plans';

const trans = nullTranslator.load('p2n');
const REQUEST = { claim_ids: ['c_1'], budget_minutes: 10 };
const CUT = new RequestError({ code: 'E_STREAM_CUT', message: 'cut', remediation: 'again' }, 0);
const NOTHING = {
  code: 'E_NOTHING_RUNNABLE' as const,
  message: 'No claim can be run.',
  remediation: 'Choose others.',
  detail: {}
};

let seq = 0;
const event = (type: string, payload: object) =>
  ({ seq: ++seq, ts: '2026-01-01T00:00:00Z', type, payload }) as unknown as StreamEvent;
const stage = (name: Stage, state: string, message = '') =>
  event('stage_update', { stage: name, state, message, seconds: 1.5, cached: null });
const end = (error: object | null = null) =>
  event('end', { status: error ? 'failed' : 'succeeded', error });

/** A planning over a server that tells these events, then loses the connection or not. */
function planningOver(events: StreamEvent[], lost: Error | null = null, later: Plan[][] = []) {
  const plan = jest.fn((_id: string, _body: object, { onEvent }: Following) => {
    events.forEach(onEvent);
    return lost ? Promise.reject(lost) : Promise.resolve();
  });
  const plans = jest.fn(() => Promise.resolve(later.shift() ?? []));
  const api = { trans, plan, plans } as unknown as Api;
  return { planning: new Planning(api, 'p_1', 1), plan, plans };
}

describe('Planning', () => {
  it('gives the plan that the stream brings, and forgets what was told', async () => {
    const { planning, plan } = planningOver([
      stage('planning', 'started'),
      event('plan', PLAN),
      end()
    ]);
    const made = planning.make(REQUEST, new Set());
    expect(planning.state?.current?.stage).toBe('planning');
    expect(await made).toBe(PLAN);
    expect(plan.mock.calls[0].slice(0, 2)).toEqual(['p_1', REQUEST]);
    expect(planning.state).toBeNull();
  });

  it('fails in the words of the server', async () => {
    const { planning } = planningOver([event('error', NOTHING), end(NOTHING)]);
    await expect(planning.make(REQUEST, new Set())).rejects.toMatchObject({
      problem: { code: 'E_NOTHING_RUNNABLE', remediation: 'Choose others.' }
    });
  });

  it('finds the plan of a connection that was lost among the plans that there are', async () => {
    const other = { ...PLAN, id: 'pl_0' };
    const { planning, plans } = planningOver([stage('model', 'started')], CUT, [
      [other],
      [PLAN, other]
    ]);
    expect(await planning.make(REQUEST, new Set(['pl_0']))).toBe(PLAN);
    expect(plans).toHaveBeenCalledTimes(2);
  });

  it('does not wait for a planning that was never begun', async () => {
    const { planning, plans } = planningOver([], CUT);
    await expect(planning.make(REQUEST, new Set())).rejects.toBe(CUT);
    expect(plans).not.toHaveBeenCalled();
  });
});

describe('PlanningView', () => {
  it('tells the stages, the code that was written, and what a model writes', () => {
    const state = new PlanningState();
    [
      stage('planning', 'started', "the offline planner's rules"),
      stage('planning', 'completed', '2 experiments'),
      stage('code', 'started', '<b>TabNet</b>: written'),
      stage('code', 'failed', '<b>TabNet</b>: it does not run'),
      stage('code', 'started', 'SVM: written'),
      event('token', { text: '{"dataset":' })
    ].forEach(told => state.apply(told));
    const panel = { trans } as unknown as IPanel;
    const { container } = render(
      <PanelProvider value={panel}>
        <PlanningView planning={state} />
      </PanelProvider>
    );
    expect(screen.getByRole('status').textContent).toBe('Making the plan: Code');
    const stages = within(screen.getByRole('list', { name: 'Stages' })).getAllByRole('listitem');
    expect(stages[0].textContent).toBe('✓Planning1.5 s');
    expect(stages.some(item => item.textContent === 'SVM: written')).toBe(true);
    const code = screen.getByRole('list', { name: 'Code that the model wrote' });
    expect(code.textContent).toBe('✗ <b>TabNet</b>: it does not run');
    expect(container.textContent).toContain('{"dataset":');
    expect(container.querySelector('b')).toBeNull();
  });
});
