import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { act, fireEvent, render, screen, waitFor } from '@testing-library/react';
import * as React from 'react';

import type { IContract } from '../api';
import { type IPanel, PanelProvider, useSignal } from '../components/context';
import { PlanJson } from '../components/PlanJson';
import type { PaperSession } from '../paperSession';
import { PLAN } from './plans';

const contract = JSON.parse(
  readFileSync(resolve(__dirname, '../../../schemas/json/openapi.json'), 'utf8')
) as IContract;

function Watched({ session }: { session: PaperSession }) {
  useSignal(session.changed);
  return <PlanJson session={session} plan={PLAN} />;
}

async function show(editPlan: jest.Mock) {
  const planTexts = new Map<string, string>();
  const session = {
    editPlan,
    planTexts,
    changed: new Signal({}),
    notePlanText: (id: string, text: string | null) => {
      if (text === null) {
        planTexts.delete(id);
      } else {
        planTexts.set(id, text);
      }
      (session.changed as Signal<unknown, void>).emit();
    },
    workbench: { api: { contract: () => Promise.resolve(contract) } }
  } as unknown as PaperSession;
  const panel = { trans: nullTranslator.load('p2n'), editors: null } as unknown as IPanel;
  render(
    <PanelProvider value={panel}>
      <Watched session={session} />
    </PanelProvider>
  );
  // The validator comes by itself, after the field.
  await act(async () => {
    await new Promise(done => setTimeout(done, 300));
  });
  const field = screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'The plan as JSON' });
  return {
    field,
    planTexts,
    save: () => screen.getByRole<HTMLButtonElement>('button', { name: /Save as a new version/ }),
    type: (text: string) => fireEvent.change(field, { target: { value: text } })
  };
}

const edited = (change: (body: typeof PLAN.body) => void) => {
  const body = JSON.parse(JSON.stringify(PLAN.body)) as typeof PLAN.body;
  change(body);
  return JSON.stringify(body, null, 2);
};

describe('PlanJson', () => {
  it('sends the edited plan with the one that it was edited from', async () => {
    const editPlan = jest.fn().mockResolvedValue(null);
    const { field, save, type, planTexts } = await show(editPlan);
    expect(JSON.parse(field.value)).toEqual(PLAN.body);
    expect(save().disabled).toBe(true);
    type(edited(body => (body.config.repeats = 7)));
    await waitFor(() => expect(save().disabled).toBe(false));
    await act(async () => {
      fireEvent.click(save());
    });
    expect(editPlan).toHaveBeenCalledWith(
      PLAN.id,
      expect.objectContaining({ config: expect.objectContaining({ repeats: 7 }) as object })
    );
    expect(planTexts.size).toBe(0);
  });

  it('says which line is wrong before anything is sent', async () => {
    const editPlan = jest.fn();
    const { field, save, type } = await show(editPlan);
    type(edited(body => (body.config.repeats = 'many' as unknown as number)));
    const fault = await screen.findByRole('button', { name: /^Line \d+$/ });
    const line = Number(/\d+/.exec(fault.textContent ?? '')![0]);
    expect(field.value.split('\n')[line - 1]).toContain('"repeats": "many"');
    expect(screen.getByRole('list').textContent).toContain('config.repeats');
    expect(save().disabled).toBe(true);
    type(`${PLAN.body.version} {`);
    expect(save().disabled).toBe(true);
    expect(editPlan).not.toHaveBeenCalled();
  });

  it('keeps what was written where the server refuses it, and leads to the place', async () => {
    const editPlan = jest.fn().mockResolvedValue({
      code: 'E_VALIDATION',
      message: 'plan.experiments.0.metrics.0.claim_id: the paper has no claim',
      remediation: 'Correct the plan.',
      detail: {
        problems: [
          { where: 'plan.experiments.0.metrics.0.claim_id', problem: 'the paper has no claim' }
        ]
      }
    });
    const { field, save, type, planTexts } = await show(editPlan);
    const text = edited(body => (body.experiments[0].metrics[0].claim_id = 'c_elsewhere'));
    type(text);
    await waitFor(() => expect(save().disabled).toBe(false));
    await act(async () => {
      fireEvent.click(save());
    });
    expect(screen.getByRole('alert').textContent).toContain('E_VALIDATION');
    expect(field.value).toBe(text);
    expect(planTexts.get(PLAN.id)).toBe(text);
    fireEvent.click(screen.getByRole('button', { name: /^Line \d+$/ }));
    expect(text.slice(field.selectionStart, field.selectionEnd)).toBe('"claim_id": "c_elsewhere"');
  });
});
