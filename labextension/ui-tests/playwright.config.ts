import { defineConfig } from '@playwright/test';

function given(name: string): string {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} is not set: run scripts/run_ui_tests.sh`);
  }
  return value;
}

const work = given('P2N_UI_WORK');
const baseURL = `http://127.0.0.1:${given('P2N_UI_PORT')}/p2n%40test/`;

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
  // One machine, one Ray head: a test's run shall not wait for another test's.
  workers: 1,
  fullyParallel: false,
  retries: 0,
  timeout: 300000,
  expect: { timeout: 15000 },
  reporter: [['list']],
  use: {
    baseURL,
    actionTimeout: 20000,
    viewport: { width: 1360, height: 860 },
    trace: 'off',
    video: 'off',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: given('CHROMIUM_PATH'),
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu']
    }
  },
  webServer: {
    command: [
      'exec jupyter lab --no-browser --allow-root --ServerApp.ip=127.0.0.1',
      `--ServerApp.port=${given('P2N_UI_PORT')} --ServerApp.port_retries=0`,
      `--ServerApp.base_url=/p2n%40test/ --IdentityProvider.token=${given('P2N_UI_TOKEN')}`,
      `--ServerApp.root_dir=${work}/notebooks --P2NApp.data_dir=${work}/data`,
      `--ServerApp.jpserver_extensions="{'jupyterlab': True, 'p2n_ext': True}"`,
      `--LabApp.extra_labextensions_path=${work}/labextensions`,
      '--LabApp.expose_app_in_browser=True',
      `--LabApp.workspaces_dir=${work}/home/workspaces`,
      `--LabApp.user_settings_dir=${work}/home/settings`,
      process.env.P2N_UI_ARGS ?? ''
    ].join(' '),
    // Nothing of the settings and news of who runs the tests, and none of their money.
    env: { JUPYTER_CONFIG_DIR: `${work}/home`, OPENAI_API_KEY: '' },
    url: `${baseURL}api`,
    timeout: 90000,
    reuseExistingServer: false,
    stdout: 'ignore',
    stderr: process.env.P2N_UI_VERBOSE ? 'pipe' : 'ignore',
    gracefulShutdown: { signal: 'SIGTERM', timeout: 15000 }
  }
});
