window.$docsify = {};
