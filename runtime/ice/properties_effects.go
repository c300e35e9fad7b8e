package ice

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// noEffects are the names that Ice knows and that mean nothing here, with what to do instead. A program that sets one hears of it. A name is a row
// "reason: prefix suffixes"; a suffix of . is the prefix itself.
var noEffects = expandNoEffects(`
there are no thread pools in Go; Ice.Connection.Server.MaxDispatches bounds what runs at once | Ice.ThreadPool.Client . Serialize Size SizeMax SizeWarn StackSize ThreadIdleTime ThreadPriority
there are no thread pools in Go; Ice.Connection.Server.MaxDispatches bounds what runs at once | Ice.ThreadPool.Server . Size SizeMax SizeWarn StackSize ThreadIdleTime ThreadPriority
there are no thread pools in Go | Ice ThreadInterruptSafe ThreadPriority Trace.ThreadPool
instances in a circle are taken here, Go collects them | Ice AcceptClassCycles CollectObjects
a call to an object of the own process goes over the network here | Ice.Default CollocationOptimized
this is for another language | Ice CacheMessageBuffers ClientAccessPolicyProtocol ConsoleListener FactoryAssemblies NullHandleAbort Package.* PreloadAssemblies UseApplicationClassLoader Default.Package
logging is the program's: give a logger with WithLogger | Ice EventLog.Source LogFile LogFile.SizeMax LogStdErr.Convert SyslogFacility UseOSLog UseSyslog UseSystemdJournal StdErr StdOut
plug-ins cannot be loaded into Go programs; ssl, ws and wss are built in | Ice InitPlugins Plugin.* PluginLoadOrder
there is no administrative facility here | Ice.Admin *
there is no administrative facility here | Ice.Trace Admin.Logger Admin.Properties
udp is not supported | Ice UDP.RcvSize UDP.SndSize Warn.Datagrams
the system's own bound on connections that wait is used | Ice TCP.Backlog
revocation is not checked here | IceSSL RevocationCheckCacheOnly
a signal is the program's to handle | Ice Nohup
host names are resolved by Go | Ice HostResolver
a panic of a servant is logged with its stack anyway | Ice PrintStackTraces
callbacks report nothing that could be warned of | Ice Warn.AMICallback
an endpoint that is not known here is kept in the proxy, and named when it is used | Ice Warn.Endpoints
this is for Java, macOS or Windows; use IceSSL.CertFile, IceSSL.KeyFile and IceSSL.CAs | IceSSL Alias CertStore CertStoreLocation FindCert FindCert.* Keychain KeychainPassword Keystore KeystorePassword
this is for Java, macOS or Windows; use IceSSL.CertFile, IceSSL.KeyFile and IceSSL.CAs | IceSSL KeystoreType SchannelStrongCrypto Truststore TruststorePassword TruststoreType
Go's TLS has no such setting | IceSSL DH.* DHParams EntropyDaemon InitOpenSSL Random
there is nobody to ask; set IceSSL.Password | IceSSL PasswordCallback PasswordRetryMax
give a tls.Config with WithTLS, which can do it in Go | IceSSL CertVerifier
`)

// refusals are the names that a program relies on when it sets them, so that going on without their effect would harm it.
var refusals = map[string]string{
	"Ice.ChangeUser":                        "the user of a Go program cannot be changed safely while it runs; start it as that user",
	"IceSSL.CertificateRevocationListFiles": "revocation is not checked here; give a tls.Config of your own that does (WithTLS)",
}

// noEffectSuffixes are those below an adapter's name that mean nothing, as there are no thread pools.
const noEffectSuffixes = "ThreadPool.Size ThreadPool.SizeMax ThreadPool.SizeWarn ThreadPool.StackSize ThreadPool.ThreadIdleTime ThreadPool.ThreadPriority"

func expandNoEffects(table string) map[string]string {
	reasons := map[string]string{}
	for line := range strings.Lines(table) {
		reason, names, ok := strings.Cut(strings.TrimSpace(line), " | ")
		if !ok {
			continue
		}
		list := strings.Fields(names)
		for _, suffix := range list[1:] {
			reasons[strings.TrimSuffix(list[0]+"."+suffix, "..")] = reason
		}
	}
	return reasons
}

// asHere are the values of such properties that ask for what is done here anyway.
var asHere = map[string]string{"Ice.Default.CollocationOptimized": "0", "Ice.AcceptClassCycles": "1"}

// withoutEffect gives the reason why a property means nothing here, "" if it does mean something.
func withoutEffect(name string) string {
	if name == "Ice.Plugin.IceSSL" || strings.HasPrefix(name, "Ice.Plugin.IceSSL.") {
		return "" // it is here without being loaded
	}
	if reason := noEffects[name]; reason != "" {
		return reason
	}
	for i := len(name) - 1; i > 0; i-- {
		if name[i] == '.' && i+1 < len(name) {
			if reason := noEffects[name[:i+1]+"*"]; reason != "" {
				return reason
			}
		}
	}
	return ""
}

// refuse gives an error for a property that is relied on and means nothing here.
func (comm *Communicator) refuse(s *settings) error {
	for _, name := range slices.Sorted(maps.Keys(refusals)) {
		if s.tls != nil && strings.HasPrefix(name, "IceSSL.") {
			continue
		}
		if comm.properties.Get(name) != "" {
			return fmt.Errorf("ice: %s is set: %s", name, refusals[name])
		}
	}
	return nil
}

// warnWithoutEffect tells of properties that are set and mean nothing here.
func (comm *Communicator) warnWithoutEffect() {
	if comm.properties.Get("Ice.Warn.UnknownProperties") == "0" {
		return
	}
	for _, name := range comm.properties.names() {
		if reason := withoutEffect(name); reason != "" && comm.properties.Get(name) != asHere[name] {
			comm.log.Warn("an Ice property has no effect here", "property", name, "reason", reason)
		}
	}
}

// warnWithoutEffect is the communicator's for an adapter's own properties.
func (a *Adapter) warnWithoutEffect() {
	p := a.comm.properties
	if p.Get("Ice.Warn.UnknownProperties") == "0" {
		return
	}
	for suffix := range strings.FieldsSeq(noEffectSuffixes) {
		if name := a.name + "." + suffix; p.Get(name) != "" {
			a.comm.log.Warn("an adapter's property has no effect here", "property", name, "reason", "there are no thread pools in Go; "+a.name+".Connection.MaxDispatches bounds what runs at once")
		}
	}
}

// warnUnknown tells of properties below the adapter's name that are none of an adapter's.
func (a *Adapter) warnUnknown() {
	p := a.comm.properties
	if p.Get("Ice.Warn.UnknownProperties") == "0" || slices.Contains(icePrefixes, a.name) {
		return
	}
	for _, name := range p.names() {
		suffix, ok := strings.CutPrefix(name, a.name+".")
		if ok && !slices.Contains(adapterSuffixes, suffix) && !isProxySuffix(suffix) {
			a.comm.log.Warn("unknown property of an adapter", "property", name)
		}
	}
}

// isProxySuffix reports whether an adapter's property is of its locator or router, which are proxies with properties of their own.
func isProxySuffix(suffix string) bool {
	for _, proxy := range []string{"Locator", "Router"} {
		if suffix == proxy || strings.HasPrefix(suffix, proxy+".") {
			return true
		}
	}
	return false
}
