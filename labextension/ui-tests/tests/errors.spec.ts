import { expect, test } from '@playwright/test';

import { Lab } from './lab';

test('a file that is no PDF is refused in words that help', async ({ page }) => {
  const lab = new Lab(page);
  await lab.open('no-pdf');
  const sidebar = await lab.showSidebar();
  await sidebar.locator('input[type=file]').setInputFiles({
    name: '<img src=x onerror=alert(1)>.pdf',
    mimeType: 'application/pdf',
    buffer: Buffer.from('this is no PDF at all')
  });
  const alert = sidebar.getByRole('alert');
  await expect(alert).toContainText('E_NOT_A_PDF');
  await expect(alert.locator('.p2n-Problem-remediation')).not.toBeEmpty();
  expect(await alert.locator('img').count()).toBe(0);
  await lab.shot('8-error');
  await alert.getByRole('button', { name: 'Dismiss' }).click();
  await expect(alert).toBeHidden();
});

test('a file may be dropped anywhere on the sidebar', async ({ page }) => {
  const lab = new Lab(page);
  await lab.open('drop');
  const sidebar = await lab.showSidebar();
  const data = await page.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(['nothing of a PDF'], 'paper.pdf', { type: 'application/pdf' }));
    return transfer;
  });
  await sidebar
    .getByRole('heading', { name: 'Runs' })
    .dispatchEvent('drop', { dataTransfer: data });
  await expect(sidebar.getByRole('alert')).toContainText('E_NOT_A_PDF');
});

test('an address inside the machine is refused', async ({ page }) => {
  const lab = new Lab(page);
  await lab.open('address');
  const sidebar = await lab.showSidebar();
  await sidebar.getByLabel('Address of a PDF').fill('http://127.0.0.1:9/paper.pdf');
  await sidebar.getByRole('button', { name: 'Fetch' }).click();
  await expect(sidebar.getByRole('alert')).toContainText('E_URL_REFUSED');
});

test('commands stand in the palette and a card in the Launcher', async ({ page }) => {
  const lab = new Lab(page);
  await lab.open('launcher');
  await page.locator('.jp-LauncherCard', { hasText: 'Reproduce a paper' }).click();
  await expect(lab.sidebar).toBeVisible();
  const commands = await page.evaluate(() => {
    const { jupyterapp } = globalThis as unknown as {
      jupyterapp: { commands: { listCommands: () => string[] } };
    };
    return jupyterapp.commands.listCommands().filter(id => id.startsWith('p2n:'));
  });
  expect(commands.sort()).toEqual([
    'p2n:open-paper',
    'p2n:reproduce',
    'p2n:sample',
    'p2n:show',
    'p2n:upload'
  ]);
});

test('without a token there is no panel and no API', async ({ browser, baseURL }) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${baseURL}lab`);
  expect(page.url()).toContain('/login');
  const answer = await context.request.get(`${baseURL}p2n/api/v1/papers`);
  expect(answer.status()).toBe(403);
  expect(await answer.json()).toHaveProperty('error.code', 'E_UNAUTHENTICATED');
  await context.close();
});
