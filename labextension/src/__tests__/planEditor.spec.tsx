import { nullTranslator } from '@jupyterlab/translation';
import { act, fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';

import { type IPanel, PanelProvider } from '../components/context';
import { PlanEditor } from '../components/PlanEditor';
import type { PaperSession } from '../paperSession';
import type { Plan } from '../schemas';

const plan = { id: 'pl_1', version: 1, body: { version: '1.1' } } as unknown as Plan;

function show(editPlan: jest.Mock) {
  const onDone = jest.fn();
  render(
    <PanelProvider value={{ trans: nullTranslator.load('p2n') } as unknown as IPanel}>
      <PlanEditor session={{ editPlan } as unknown as PaperSession} plan={plan} onDone={onDone} />
    </PanelProvider>
  );
  const field = screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'The plan as JSON' });
  const save = async (text: string) => {
    fireEvent.change(field, { target: { value: text } });
    await act(async () => {
      fireEvent.click(screen.getByRole('button', { name: /Save as a new version/ }));
    });
  };
  return { field, onDone, save };
}

describe('PlanEditor', () => {
  it('sends the edited plan with the one that it was edited from', async () => {
    const editPlan = jest.fn().mockResolvedValue(null);
    const { field, onDone, save } = show(editPlan);
    expect(JSON.parse(field.value)).toEqual(plan.body);
    await save('{"version": "1.1", "explain": []}');
    expect(editPlan).toHaveBeenCalledWith('pl_1', { version: '1.1', explain: [] });
    expect(onDone).toHaveBeenCalledTimes(1);
  });

  it('keeps what was written where it is refused, and says why', async () => {
    const editPlan = jest.fn().mockResolvedValue({
      code: 'E_VALIDATION',
      message: 'plan.justifications.0.quote: not on page 2',
      remediation: 'Correct the plan.'
    });
    const { field, onDone, save } = show(editPlan);
    await save('{');
    expect(editPlan).not.toHaveBeenCalled();
    expect(screen.getByRole('alert').textContent).toContain('JSON');
    await save('{"a": 1}');
    expect(screen.getByRole('alert').textContent).toContain('not on page 2');
    expect(field.value).toBe('{"a": 1}');
    expect(onDone).not.toHaveBeenCalled();
  });
});
