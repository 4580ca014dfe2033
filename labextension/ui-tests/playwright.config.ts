import { defineConfig } from '@playwright/test';

import { given, LabServer } from './tests/server';

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
  globalSetup: './global-setup.ts',
  // One machine, one Ray head: a test's run shall not wait for another test's.
  workers: 1,
  fullyParallel: false,
  // A start of Ray that a loaded machine lets fail is tried once more, and listed as flaky.
  retries: 1,
  // Far above what a quiet machine needs: the other tests run beside these.
  timeout: 600000,
  expect: { timeout: 60000 },
  reporter: [['list']],
  use: {
    baseURL: LabServer.main().url,
    actionTimeout: 60000,
    viewport: { width: 1360, height: 860 },
    trace: 'off',
    video: 'off',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: given('CHROMIUM_PATH'),
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu']
    }
  }
});
