import type { IThemeManager } from '@jupyterlab/apputils';
import { type IRenderMimeRegistry, MimeModel } from '@jupyterlab/rendermime';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { ISignal, Signal } from '@lumino/signaling';

const VEGA_LITE = 'application/vnd.vegalite.v5+json';

/** Pictures of numbers by JupyterLab's own Vega renderer, in the colours of its theme. */
export class Charts {
  constructor(
    private _rendermime: IRenderMimeRegistry,
    themes: IThemeManager | null
  ) {
    themes?.themeChanged.connect((_, { newValue }) => {
      this.theme = newValue;
      this._themeChanged.emit();
    });
  }

  /** Changes with each theme; what is drawn in an old one has to be drawn anew. */
  theme = '';

  get themeChanged(): ISignal<this, void> {
    return this._themeChanged;
  }

  /** Null where JupyterLab's Vega extension is switched off. */
  create(): IRenderMime.IRenderer | null {
    return this._rendermime.mimeTypes.includes(VEGA_LITE)
      ? this._rendermime.createRenderer(VEGA_LITE)
      : null;
  }

  /** A Vega-Lite specification with the theme's colours, as the renderer wants it. */
  model(specification: ReadonlyPartialJSONObject): IRenderMime.IMimeModel {
    return new MimeModel({
      data: {
        [VEGA_LITE]: { ...specification, config: themed() },
        // The renderer makes a PNG where there is none yet; nobody asks for it here.
        'image/png': ' '
      },
      metadata: { [VEGA_LITE]: { embed_options: { actions: false, renderer: 'svg' } } }
    });
  }

  private _themeChanged = new Signal<this, void>(this);
}

function themed(): ReadonlyPartialJSONObject {
  const style = getComputedStyle(document.body);
  const colour = (name: string) => style.getPropertyValue(`--jp-${name}`).trim();
  const font = colour('ui-font-family');
  const text = colour('ui-font-color1');
  return {
    background: 'transparent',
    font,
    view: { stroke: 'transparent' },
    axis: {
      labelColor: text,
      titleColor: text,
      titleFontWeight: 'normal',
      domainColor: colour('border-color1'),
      tickColor: colour('border-color1'),
      gridColor: colour('border-color3')
    },
    legend: { labelColor: text, labelLimit: 260, symbolStrokeWidth: 3 },
    range: {
      category: ['brand-color1', 'warn-color1', 'success-color1', 'error-color1', 'info-color1']
        .map(colour)
        .concat(colour('ui-font-color2'))
    }
  };
}
