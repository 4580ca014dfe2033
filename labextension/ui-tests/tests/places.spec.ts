import { copyFile } from 'node:fs/promises';

import { expect, test } from '@playwright/test';

import { Lab, SECOND, THEMES } from './lab';
import { call, forgetSample } from './rest';
import { given } from './server';

test('a card, the palette, a right click and an address lead to a paper', async ({ page }) => {
  await copyFile(SECOND, `${given('P2N_UI_WORK')}/notebooks/penguins.pdf`);
  const lab = new Lab(page);
  await lab.open('places');
  await page.locator('.jp-LauncherCard', { hasText: 'Reproduce a paper' }).click();
  await expect(lab.sidebar).toBeVisible();
  expect(await lab.commands()).toEqual([
    'p2n:add-url',
    'p2n:open-paper',
    'p2n:open-run',
    'p2n:reproduce',
    'p2n:reproduce-file',
    'p2n:route',
    'p2n:run-notebook',
    'p2n:sample',
    'p2n:show',
    'p2n:upload'
  ]);

  await page.locator('.jp-SideBar [data-id="filebrowser"]').click();
  await page.locator('.jp-DirListing-item', { hasText: 'penguins.pdf' }).click({ button: 'right' });
  await page.locator('.lm-Menu-item', { hasText: 'Reproduce with P2N' }).click();
  await expect(lab.document.getByRole('heading', { level: 1 })).toContainText(/Small Models/);

  // A link opens the paper at its step, once: a reload does not follow it again.
  const { papers } = await call<{ papers: { id: string; title: string }[] }>('GET', 'papers');
  const { id } = papers.find(({ title }) => title.includes('Small Models'))!;
  await page.goto(`lab?p2n=${id}&step=paper`);
  await lab.ready();
  await expect(lab.step('Paper')).toHaveAttribute('aria-selected', 'true');
  await expect(page).not.toHaveURL(/p2n=/);
});

test('the way from a paper to its verdicts needs no mouse', async ({ page }) => {
  await forgetSample();
  const lab = new Lab(page);
  await lab.open('keyboard');
  await expect(page.locator('.jp-LauncherCard').first()).toBeVisible();
  await page.keyboard.press('Control+Shift+c');
  const words = page.locator('.lm-CommandPalette-input');
  await expect(words).toBeFocused();
  await page.keyboard.type('Try the sample paper');
  await expect(page.locator('.lm-CommandPalette-item.lm-mod-active')).toContainText(
    'Try the sample paper'
  );
  await page.keyboard.press('Enter');
  await expect(lab.document.getByRole('heading', { level: 1 })).toContainText(/standardi[sz]/i);

  await test.step('one button takes every step', async () => {
    await lab.tabTo(lab.document.getByRole('button', { name: /^Reproduce( again)?$/ }));
    await page.keyboard.press('Enter');
    await expect(lab.document.getByRole('button', { name: 'Stop', exact: true })).toBeVisible();
    await expect(lab.step('Report')).toHaveAttribute('aria-selected', 'true', { timeout: 400000 });
    await expect(lab.document.getByRole('table', { name: 'Verdicts' })).toBeVisible();
  });

  await test.step('a verdict is opened', async () => {
    const why = lab.document.getByRole('button', { name: /What the verdict on/ }).first();
    await lab.tabTo(why);
    await page.keyboard.press('Enter');
    await expect(why).toHaveAttribute('aria-expanded', 'true');
  });

  await test.step('steps by arrows', async () => {
    await lab.tabTo(lab.step('Report'), 120);
    for (const [key, step] of [
      ['ArrowLeft', 'Run'],
      ['End', 'Story'],
      ['Home', 'Paper'],
      ['ArrowRight', 'Claims']
    ]) {
      await page.keyboard.press(key);
      await expect(lab.step(step)).toBeFocused();
      await expect(lab.step(step)).toHaveAttribute('aria-selected', 'true');
    }
  });

  await test.step('a claim is chosen and confirmed', async () => {
    const rows = lab.document.getByRole('table', { name: 'Claims' }).locator('tbody tr');
    await lab.tabTo(rows.first());
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowUp');
    const row = rows.nth((await rows.count()) - 2);
    await expect(row).toBeFocused();
    await lab.tabTo(lab.button('Confirm'));
    await page.keyboard.press('Space');
    await expect(row).toContainText('confirmed');
    await lab.button('Back to what was proposed').press('Enter');
  });
});

test('nothing is cut off in a narrow sidebar and a narrow window', async ({ page }) => {
  const { paper } = await call<{ paper: { id: string } }>('POST', 'papers/sample');
  await page.setViewportSize({ width: 760, height: 860 });
  const lab = new Lab(page);
  await lab.open('narrow');
  await lab.setTheme(THEMES[0]);
  const sidebar = await lab.showSidebar();
  await lab.execute('p2n:open-paper', { paperId: paper.id, step: 'claims' });
  await expect(lab.document.getByRole('heading', { level: 1 })).toBeVisible();

  await test.step('as narrow as the splitter lets it be', async () => {
    const handle = page.locator('#jp-main-split-panel > .lm-SplitPanel-handle:visible').first();
    const place = (await handle.boundingBox())!;
    await page.mouse.move(place.x + 1, place.y + 300);
    await page.mouse.down();
    await page.mouse.move(40, place.y + 300, { steps: 4 });
    await page.mouse.up();
    await sidebar.getByRole('region', { name: 'What P2N stands on' }).getByRole('button').click();
  });

  const cutOff = () =>
    page.evaluate(() => {
      const cut: string[] = [];
      for (const selector of ['#p2n-sidebar', '.p2n-Document']) {
        const root = [...document.querySelectorAll<HTMLElement>(selector)].find(
          node => node.offsetParent !== null
        );
        if (!root) {
          cut.push(`${selector} is not there`);
          continue;
        }
        const edge = root.getBoundingClientRect().right + 1;
        for (const node of root.querySelectorAll('button, input, select, summary, h1, h2, h3')) {
          // What is in a frame of its own can be scrolled to.
          if (node.closest('.p2n-TableFrame, .p2n-Log, .p2n-Visually-hidden, .cm-editor')) {
            continue;
          }
          const { right, width } = node.getBoundingClientRect();
          if (width > 0 && right > edge) {
            cut.push(`${selector}: ${node.outerHTML.slice(0, 120)} ends at ${right}, not ${edge}`);
          }
        }
      }
      return cut;
    });
  for (const step of ['Paper', 'Claims', 'Plan', 'Run', 'Report', 'Story']) {
    await lab.step(step).click();
    await expect(lab.step(step)).toHaveAttribute('aria-selected', 'true');
    await lab.shot(`narrow-${step.toLowerCase()}`);
    expect(await cutOff()).toEqual([]);
  }
});
