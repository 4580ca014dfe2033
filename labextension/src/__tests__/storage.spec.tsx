import { nullTranslator } from '@jupyterlab/translation';
import { act, fireEvent, render, screen, waitFor } from '@testing-library/react';
import * as React from 'react';

import { type IPanel, PanelProvider } from '../components/context';
import { StorageLine } from '../components/StorageLine';
import type { Storage } from '../schemas';

const item = (id: string, in_use: boolean): Storage['items'][number] => ({
  kind: 'run',
  id,
  label: `run ${id}`,
  size_bytes: 2_000_000,
  created_at: null,
  last_used_at: null,
  in_use
});

const storage: Storage = {
  groups: [{ kind: 'run', count: 2, size_bytes: 4_000_000 }],
  items: [item('r_1', false), item('r_2', true)],
  measured_at: null,
  measuring: false,
  free_bytes: 7_000_000_000,
  engine_free_bytes: null,
  problem: ''
};

describe('StorageLine', () => {
  it('shows what is taken, asks before it removes, and tells what stays', async () => {
    const deleteStored = jest.fn().mockResolvedValue({
      deleted: [],
      kept: [{ kind: 'run', id: 'r_1', reason: 'a notebook reads it' }],
      freed_bytes: 0
    });
    const confirm = jest.fn().mockResolvedValueOnce(false).mockResolvedValueOnce(true);
    const panel = {
      trans: nullTranslator.load('p2n'),
      confirm,
      workbench: {
        api: { storage: () => Promise.resolve(storage), deleteStored },
        refresh: () => Promise.resolve()
      }
    } as unknown as IPanel;
    render(
      <PanelProvider value={panel}>
        <StorageLine />
      </PanelProvider>
    );
    fireEvent.click(screen.getByRole('button', { name: 'Space used' }));
    await screen.findByText('Space used: 4.0 MB, 7.0 GB free');
    const [free, used] = screen.getAllByRole<HTMLInputElement>('checkbox', { hidden: true });
    expect(used.disabled).toBe(true);
    fireEvent.click(free);
    const remove = screen.getByRole('button', { name: 'Remove 1 item', hidden: true });
    await act(async () => {
      fireEvent.click(remove);
    });
    expect(deleteStored).not.toHaveBeenCalled();
    await act(async () => {
      fireEvent.click(remove);
    });
    await waitFor(() => expect(deleteStored).toHaveBeenCalledWith([{ kind: 'run', id: 'r_1' }]));
    await screen.findByText('r_1 stays: a notebook reads it');
  });
});
