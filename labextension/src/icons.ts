import { LabIcon } from '@jupyterlab/ui-components';

// A page with lines of text, and a tick that says that they hold.
const P2N = `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 24 24">
  <g class="jp-icon3 jp-icon-selectable" fill="#616161">
    <path d="M5 2h9l5 5v4.3a6.5 6.5 0 0 0-2-.3V8h-4V4H5v16h5.2c.4.75.9 1.4 1.55 2H5a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2z"/>
    <path d="M7 9h4v1.6H7zM7 12.5h5.4c-.6.45-1.1 1-1.5 1.6H7zM7 16h3.1c-.1.5-.15 1.05-.1 1.6H7z"/>
    <path d="M16.6 21.6l-3.7-3.7 1.4-1.4 2.3 2.3 4.9-4.9 1.4 1.4z"/>
  </g>
</svg>`;

export const p2nIcon = new LabIcon({ name: 'p2n:logo', svgstr: P2N });

// A loudspeaker with its sound.
const SPEAKER = `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 24 24">
  <g class="jp-icon3 jp-icon-selectable" fill="#616161">
    <path d="M4 9v6h4l5 5V4L8 9H4z"/>
    <path d="M15.5 8.2v7.6a4.5 4.5 0 0 0 0-7.6z"/>
    <path d="M15.5 4.2v2.1a6 6 0 0 1 0 11.4v2.1a8 8 0 0 0 0-15.6z"/>
  </g>
</svg>`;

export const speakerIcon = new LabIcon({ name: 'p2n:speaker', svgstr: SPEAKER });
