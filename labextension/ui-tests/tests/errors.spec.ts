import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

import { expect, test } from '@playwright/test';

import { Lab } from './lab';
import { freePort, given, LabServer } from './server';

test('what cannot be taken in is refused in words that help', async ({ page }) => {
  const lab = new Lab(page);
  await lab.open('refused');
  const sidebar = await lab.showSidebar();
  const alert = sidebar.getByRole('alert');
  const file = sidebar.locator('input[type=file]');
  const refused = async (code: string) => {
    await expect(alert).toContainText(code);
    await expect(alert.locator('.p2n-Problem-remediation')).not.toBeEmpty();
  };

  await test.step('no PDF', async () => {
    await file.setInputFiles({
      name: '<img src=x onerror=alert(1)>.pdf',
      mimeType: 'application/pdf',
      buffer: Buffer.from('this is no PDF at all')
    });
    await refused('E_NOT_A_PDF');
    expect(await alert.locator('img').count()).toBe(0);
    await lab.shot('error');
    await alert.getByRole('button', { name: 'Dismiss' }).click();
    await expect(alert).toBeHidden();
  });

  await test.step('too large', async () => {
    await file.setInputFiles({
      name: 'large.pdf',
      mimeType: 'application/pdf',
      buffer: Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(2_500_000, 0x20)])
    });
    await refused('E_PDF_TOO_LARGE');
    await expect(alert).toContainText(/2(\.0)? MB/);
    await alert.getByRole('button', { name: 'Dismiss' }).click();
  });

  await test.step('an address inside the machine', async () => {
    await sidebar.getByLabel('Address of a PDF').fill('http://127.0.0.1:9/paper.pdf');
    await sidebar.getByRole('button', { name: 'Fetch' }).click();
    await refused('E_URL_REFUSED');
    await alert.getByRole('button', { name: 'Dismiss' }).click();
  });

  await test.step('no PDF, dropped anywhere', async () => {
    const data = await page.evaluateHandle(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(['nothing of a PDF'], 'paper.pdf', { type: 'application/pdf' }));
      return transfer;
    });
    await sidebar
      .getByRole('heading', { name: 'Runs' })
      .dispatchEvent('drop', { dataTransfer: data });
    await refused('E_NOT_A_PDF');
  });
  expect(lab.dialogs).toEqual([]);
});

test('markup in a paper is text wherever it is shown', async ({ page }) => {
  const path = `${given('P2N_UI_WORK')}/hostile.pdf`;
  execFileSync('python', [resolve(__dirname, '../hostile_paper.py'), path]);
  const lab = new Lab(page);
  await lab.open('hostile-paper');
  const sidebar = await lab.showSidebar();
  await sidebar.locator('input[type=file]').setInputFiles(path);
  const panel = lab.document;
  await expect(panel.getByRole('heading', { level: 1 })).toContainText('<img src=x');
  await panel.getByRole('combobox', { name: 'Reader' }).selectOption('offline');
  await lab.button('Extract claims').click();
  await expect(lab.button('Read again')).toBeVisible({ timeout: 120000 });
  const claim = panel
    .getByRole('table', { name: 'Claims' })
    .locator('tbody tr', { hasText: '<img src=x onerror=alert(1)>' })
    .first();
  await claim.click();
  await expect(panel.getByRole('complementary', { name: 'Evidence' })).toContainText('<img src=x');
  await expect(sidebar.getByRole('region', { name: 'Papers' })).toContainText('<img src=x');
  await expect(page.locator('.lm-TabBar-tabLabel', { hasText: '<img src=x' })).toBeVisible();
  for (const step of ['Plan', 'Report', 'Story', 'Paper']) {
    await lab.step(step).click();
    await expect(lab.step(step)).toHaveAttribute('aria-selected', 'true');
    expect(await page.locator('img[src="x"], [onerror], .p2n-Document script').count()).toBe(0);
  }
  expect(lab.dialogs).toEqual([]);
});

test('without Docker the doctor says what to do, and a run says why it cannot be', async ({
  page
}) => {
  const port = await freePort();
  const server = new LabServer({
    name: 'bare',
    port,
    env: { DOCKER_HOST: 'unix:///nowhere/docker.sock' }
  });
  await server.start();
  try {
    const lab = new Lab(page);
    await lab.open('bare', server.url);
    const sidebar = await lab.showSidebar();
    await expect(sidebar.getByText('No paper yet')).toBeVisible();
    const doctor = sidebar.getByRole('region', { name: 'What P2N stands on' });
    const docker = doctor.locator('li', { hasText: /docker/i }).first();
    await expect(docker).toContainText('does not work');
    await expect(docker.locator('.p2n-Problem-remediation')).not.toBeEmpty();
    await lab.shot('no-docker');

    await sidebar.getByRole('button', { name: 'Try the sample paper' }).click();
    await lab.button('Reproduce').click();
    const alert = lab.document.getByRole('alert');
    await expect(alert).toContainText('E_DOCKER_UNAVAILABLE', { timeout: 180000 });
    await expect(alert.locator('.p2n-Problem-remediation')).not.toBeEmpty();
    // What needs no container has been done, and stays.
    await expect(lab.step('Claims')).toContainText(/\d/);
    await expect(lab.step('Plan')).toContainText(/\d/);
    await lab.shot('no-docker-plan');
  } finally {
    await server.stop();
  }
});

test('without a token there is no panel and no data', async ({ browser, baseURL }) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${baseURL}lab`);
  expect(page.url()).toContain('/login');
  for (const path of ['papers', 'runs', 'doctor', 'openapi.json', 'runs/events?run=r_x:0']) {
    for (const headers of [{}, { Authorization: 'token wrong' }] as Record<string, string>[]) {
      const answer = await context.request.get(`${baseURL}p2n/api/v1/${path}`, { headers });
      expect(answer.status()).toBe(403);
      expect(await answer.json()).toHaveProperty('error.code', 'E_UNAUTHENTICATED');
    }
  }
  await context.close();
});
