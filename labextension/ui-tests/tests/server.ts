import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export function given(name: string): string {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} is not set: run scripts/run_ui_tests.sh`);
  }
  return value;
}

const BASE = '/p2n%40test/';
const TO_START_MS = 180000;
const TO_END_MS = 20000;

interface IOptions {
  name: string;
  port: number;
  env?: Record<string, string>;
}

/**
 * A JupyterLab with the panel that can be killed and started again at the same address, with the same token.
 * Its process is known by a file: who started it may be gone by the time that it is stopped.
 */
export class LabServer {
  constructor(private _options: IOptions) {}

  /** The one that all tests share. */
  static main(): LabServer {
    return new LabServer({ name: 'main', port: Number(given('P2N_UI_PORT')) });
  }

  get url(): string {
    return `http://127.0.0.1:${this._options.port}${BASE}`;
  }

  async start(): Promise<void> {
    const { name, port, env } = this._options;
    const work = given('P2N_UI_WORK');
    const log = openSync(`${work}/${name}.log`, 'a');
    const child = spawn('jupyter', ['lab', ...options(name, port, work)], {
      detached: true,
      stdio: ['ignore', log, log],
      // Nothing of the settings and news of who runs the tests, and none of their money.
      env: { ...process.env, JUPYTER_CONFIG_DIR: `${work}/home`, OPENAI_API_KEY: '', ...env }
    });
    child.unref();
    await writeFile(this._pidFile, String(child.pid));
    await until(
      async () => {
        if (child.exitCode !== null) {
          throw new Error(`The server ${name} ended with ${child.exitCode}: see ${name}.log`);
        }
        return fetch(`${this.url}api`).then(
          answer => answer.ok,
          () => false
        );
      },
      TO_START_MS,
      `the server ${name} answers`
    );
  }

  /** As by a power cut: nothing of it is run any more. */
  async kill(): Promise<void> {
    await this._end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this._end('SIGTERM').catch(() => this._end('SIGKILL'));
    await rm(this._pidFile, { force: true });
  }

  private async _end(signal: NodeJS.Signals): Promise<void> {
    const pid = Number(await readFile(this._pidFile, 'utf8').catch(() => '0'));
    if (!pid || !signalled(pid, signal)) {
      return;
    }
    await until(async () => !signalled(pid, 0), TO_END_MS, `the process ${pid} is gone`);
  }

  private get _pidFile(): string {
    return `${given('P2N_UI_WORK')}/${this._options.name}.pid`;
  }
}

function options(name: string, port: number, work: string): string[] {
  return [
    '--no-browser',
    '--allow-root',
    '--ServerApp.ip=127.0.0.1',
    `--ServerApp.port=${port}`,
    '--ServerApp.port_retries=0',
    `--ServerApp.base_url=${BASE}`,
    `--IdentityProvider.token=${given('P2N_UI_TOKEN')}`,
    `--ServerApp.root_dir=${work}/notebooks`,
    `--P2NApp.data_dir=${work}/${name === 'main' ? 'data' : name}`,
    '--P2NApp.max_pdf_mb=2',
    "--ServerApp.jpserver_extensions={'jupyterlab': True, 'p2n_ext': True}",
    `--LabApp.extra_labextensions_path=${work}/labextensions`,
    '--LabApp.expose_app_in_browser=True',
    `--LabApp.workspaces_dir=${work}/home/workspaces`,
    `--LabApp.user_settings_dir=${work}/home/settings`
  ];
}

function signalled(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

async function until(
  reached: () => Promise<boolean>,
  milliseconds: number,
  what: string
): Promise<void> {
  const deadline = Date.now() + milliseconds;
  while (!(await reached())) {
    if (Date.now() > deadline) {
      throw new Error(`It took more than ${milliseconds / 1000} s until ${what}.`);
    }
    await pause(100);
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise(resolve => server.close(resolve));
  if (address === null || typeof address === 'string') {
    throw new Error('no port is free');
  }
  return address.port;
}
