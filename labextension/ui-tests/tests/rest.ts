import { given, LabServer } from './server';

export interface IRun {
  id: string;
  status: string;
  error: { code: string; message: string } | null;
}

interface ISignedFile {
  name: string;
  url: string;
}

/** The REST API, for what a test needs and does not look at. */
export async function call<T>(verb: string, path: string, body?: object): Promise<T> {
  const answer = await fetch(`${LabServer.main().url}p2n/api/v1/${path}`, {
    method: verb,
    headers: {
      Authorization: `token ${given('P2N_UI_TOKEN')}`,
      'Content-Type': 'application/json'
    },
    body: body && JSON.stringify(body)
  });
  const text = await answer.text();
  if (!answer.ok) {
    throw new Error(`${verb} ${path}: ${answer.status} ${text}`);
  }
  return (text ? JSON.parse(text) : null) as T;
}

/** As on the first day, whatever other tests, or a first try of this one, have made of the sample. */
export async function forgetSample(): Promise<void> {
  const { paper } = await call<{ paper: { id: string } }>('POST', 'papers/sample');
  await call('DELETE', `papers/${paper.id}`);
}

export function notebook(...sources: string[]): object {
  return {
    cells: sources.map((source, number) => ({
      cell_type: 'code',
      id: `c${number}`,
      metadata: {},
      execution_count: null,
      outputs: [],
      source
    })),
    metadata: { kernelspec: { name: 'python', display_name: 'python', language: 'python' } },
    nbformat: 4,
    nbformat_minor: 5
  };
}

/** Queues a notebook in the smallest environment there is. */
export function queue(name: string, ...sources: string[]): Promise<IRun> {
  const body = { name, notebook: notebook(...sources), requirements: '', budget_minutes: 10 };
  return call<IRun>('POST', 'runs', body);
}

/** The lines that a run that has ended left in logs.txt. */
export async function loggedLines(runId: string): Promise<string[]> {
  const { artifacts } = await call<{ artifacts: ISignedFile[] }>('GET', `runs/${runId}/artifacts`);
  const file = artifacts.find(({ name }) => name === 'logs.txt')!;
  const answer = await fetch(new URL(file.url, LabServer.main().url));
  return (await answer.text()).trimEnd().split('\n');
}
